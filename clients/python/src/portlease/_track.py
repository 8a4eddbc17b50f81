"""What a client may believe of one lease: a pure state machine. No clock, no thread, no I/O.

Every function takes the lease as it was and the time, and returns the lease as it is. Renewing is ``_keeper.py``.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace

from portlease import _timing as timing


class LeaseState(enum.Enum):
    """What the holder of a lease may rely on."""

    SAFE = "safe"
    """The port is yours, and renewals are in time."""
    JEOPARDY = "jeopardy"
    """Yours as far as is known, but less than a third of the TTL is left, or the process was paused. Not final."""
    LOST = "lost"
    """Not yours any more. Final. Comes before the broker may lease the port to somebody else."""
    RELEASED = "released"
    """You gave it back. Final."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a lease was lost."""

    reason: str
    """``DEADLINE_PASSED``, ``UNCONFIRMED``, or what the broker said: ``LEASE_NOT_FOUND``, ``HOLDER_KEY_MISMATCH``."""
    message: str
    """The same for people."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The process was paused; the broker has until ``until`` to confirm the lease."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Track:
    """One lease as the client knows it. All times are of the client's clock, in seconds."""

    ttl: float
    renewed_at: float
    """When the newest renewal that was answered had been sent; before that, the earliest moment of the grant."""
    deadline: float
    """When the broker may give the port to somebody else."""
    renew_at: float
    in_flight_since: float | None = None
    """When the renewal that is under way was sent."""
    failures: int = 0
    doubt: Doubt | None = None
    end: Lost | LeaseState | None = None
    """``Lost``, or ``LeaseState.RELEASED``; never changed after."""


def granted(granted_at: float, ttl: float, random: float) -> Track:
    """A lease that was just granted, ``granted_at`` at the earliest (``timing.grant_moment``)."""
    return Track(ttl, granted_at, granted_at + ttl, timing.renew_moment(granted_at, ttl, random))


def advanced(track: Track, now: float) -> Track:
    """Lets time pass: the lease may be lost by it. Call it whenever the lease is looked at."""
    _, lost_at = timing.moments(track.deadline, track.ttl)
    if track.end is not None or now < lost_at:
        return track
    if now < track.deadline:
        return _passed(track)
    # A client that runs has seen the moment above. So this one did not run, and only the broker can say what became of
    # the lease.
    doubt = track.doubt
    if doubt is not None and doubt.since >= track.deadline:
        if now < doubt.until:
            return track
        return replace(
            track,
            end=Lost(
                "UNCONFIRMED",
                "this process was paused past the lease's deadline, and no answer of the broker came in time after it",
            ),
        )
    # Renewals failed before a short stall: that is an unreachable broker, and no reason to hope longer.
    if track.failures > 0 and doubt is None:
        return _passed(track)
    return _doubted(track, now)


def paused(track: Track, now: float, pause: float) -> Track:
    """The process did not run for ``pause`` up to now: a renewal is due at once, and its answer decides."""
    if track.end is not None or pause < track.ttl * timing.PAUSE_SHARE:
        return track
    return _doubted(track, now)


def renewal_sent(track: Track, now: float) -> Track:
    """A renewal was sent."""
    return replace(track, in_flight_since=now)


def renewal_succeeded(track: Track, sent_at: float, ttl: float, random: float) -> Track:
    """The broker renewed the lease. No-op for a lease that has ended: what was called lost stays lost."""
    if track.end is not None:
        return track
    in_flight = None if track.in_flight_since == sent_at else track.in_flight_since
    # An older renewal that is answered late says less than what is known already.
    if sent_at < track.renewed_at:
        return replace(track, in_flight_since=in_flight)
    # Only a renewal that was sent after the pause proves anything about it.
    doubt = track.doubt if track.doubt is not None and sent_at < track.doubt.since else None
    return replace(granted(sent_at, ttl, random), in_flight_since=in_flight, doubt=doubt)


def renewal_failed(track: Track, sent_at: float, retry_at: float) -> Track:
    """A renewal failed for a reason that may pass. No-op unless it is the one under way."""
    if track.end is not None or track.in_flight_since != sent_at:
        return track
    return replace(track, in_flight_since=None, failures=track.failures + 1, renew_at=retry_at)


def ended(track: Track, end: Lost | LeaseState) -> Track:
    """The lease has ended. The first end counts."""
    return track if track.end is not None else replace(track, in_flight_since=None, end=end)


def state_of(track: Track, now: float) -> LeaseState:
    """The state at this moment."""
    track = advanced(track, now)
    if isinstance(track.end, Lost):
        return LeaseState.LOST
    if track.end is not None:
        return track.end
    jeopardy_at, _ = timing.moments(track.deadline, track.ttl)
    return LeaseState.JEOPARDY if track.doubt is not None or now >= jeopardy_at else LeaseState.SAFE


def renewal_due(track: Track, now: float) -> bool:
    """True when a renewal is to be sent now."""
    return track.end is None and track.in_flight_since is None and track.renew_at <= now


def next_look(track: Track, now: float) -> float:
    """The next moment after ``now`` at which the lease changes by time alone, or a renewal falls due."""
    if track.end is not None:
        return math.inf
    looks = list(timing.moments(track.deadline, track.ttl))
    if track.in_flight_since is None:
        looks.append(track.renew_at)
    if track.doubt is not None:
        looks.append(track.doubt.until)
    return min((at for at in looks if at > now), default=math.inf)


def _passed(track: Track) -> Track:
    return ended(track, Lost("DEADLINE_PASSED", "no renewal came through before the lease's deadline"))


def _doubted(track: Track, now: float) -> Track:
    # What was under way before the pause may never be answered, so it does not hold up the renewal that decides.
    doubt = Doubt(now, now + track.ttl * timing.DOUBT_SHARE)
    return replace(track, renew_at=now, in_flight_since=None, doubt=doubt)
