"""Keeps all leases of a client alive: one thread sends renewals when they are due and sees leases pass their moments.

What a lease may believe is decided in ``_track.py``. Each lease is renewed by a call of its own, so that none waits for
another; what an operator does to a lease is learnt with its next renewal.
"""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import grpc

from portlease import _timing as timing
from portlease import _track as lease
from portlease._clock import PauseDetector
from portlease._errors import PortleaseError, from_rpc
from portlease._grant import answer_invalid, seconds
from portlease._track import LeaseState, Lost, Track
from portlease.v1 import lease_pb2
from portlease.v1 import lease_service_pb2 as pb

if TYPE_CHECKING:
    from portlease._calls import RenewCall

_log = logging.getLogger("portlease")

# Reasons after which a lease cannot be renewed any more. Other errors, such as UNAVAILABLE, may pass.
_FINAL_REASONS = {
    "LEASE_NOT_FOUND": "LEASE_NOT_FOUND",
    "LEASE_ENDED": "LEASE_NOT_FOUND",
    "HOLDER_KEY_MISMATCH": "HOLDER_KEY_MISMATCH",
}


class Observer(Protocol):
    """Whoever shows a lease to the application. Is called with the keeper's lock held: must be quick, and not raise."""

    def changed(self, state: LeaseState, track: Track, failure: PortleaseError | None) -> None:
        """The state is another one now. ``failure``: why the newest renewal had no success, if that is known."""

    def renewed(self, ttl: float, reservations: Sequence[lease_pb2.PortReservation], drain: str | None) -> None:
        """The broker renewed the lease. ``reservations``: empty when they are what they were."""


class Renew(Protocol):
    """Sends one renewal."""

    def __call__(self, lease_id: str, holder_key: str, timeout: float) -> RenewCall: ...


class Kept:
    """One lease under the keeper's care. All of it is guarded by the keeper's lock."""

    def __init__(self, lease_id: str, holder_key: str, track: Track, observer: Observer) -> None:
        self.lease_id = lease_id
        self.holder_key = holder_key
        self.track = track
        self.last_failure: PortleaseError | None = None
        self._observer = observer
        # What the observer was told last; an application takes a new lease for safe until it hears otherwise.
        self._told = LeaseState.SAFE

    def apply(self, changed: Track, now: float) -> LeaseState:
        """Takes the lease as it is, lets time pass, and tells the observer of another state."""
        self.track = lease.advanced(changed, now)
        state = lease.state_of(self.track, now)
        if state is not self._told:
            self._told = state
            self._observer.changed(state, self.track, self.last_failure)
        return state

    def renewed(self, response: pb.RenewLeaseResponse, sent_at: float, now: float) -> None:
        """The broker's answer to the renewal of ``sent_at``."""
        ttl = seconds(response.lease.ttl)
        self.last_failure = None
        state = self.apply(lease.renewal_succeeded(self.track, sent_at, ttl, random.random()), now)
        if state in (LeaseState.LOST, LeaseState.RELEASED):
            return
        drain = next((w.message for w in response.warnings if w.reason == "DRAIN_ASKED"), None)
        self._observer.renewed(ttl, tuple(response.reservations), drain)

    def refused(self, error: PortleaseError, sent_at: float, now: float) -> None:
        """The renewal of ``sent_at`` had no success: either the lease is over, or it is tried again."""
        self.last_failure = error
        reason = _FINAL_REASONS.get(error.reason)
        if reason is None and error.code is grpc.StatusCode.NOT_FOUND:
            reason = "LEASE_NOT_FOUND"
        if reason is not None:
            self.apply(lease.ended(self.track, Lost(reason, str(error))), now)
            return
        track = self.track
        own = timing.backoff(track.failures + 1, random.random(), timing.retry_within(track.ttl))
        asked = min(error.retry_delay or 0.0, timing.asked_retry_within(track.ttl))
        _log.info("lease %s was not renewed, trying again: %s", self.lease_id, error)
        self.apply(lease.renewal_failed(track, sent_at, now + max(own, asked)), now)


class Keeper:
    """May be used by any thread. Its thread runs while there are leases."""

    def __init__(self, renew: Renew, address: str, clock: Callable[[], float]) -> None:
        self._renew = renew
        self._address = address
        self._clock = clock
        self._pauses = PauseDetector()
        self._leases: dict[str, Kept] = {}
        self._calls: set[RenewCall] = set()
        self._thread: threading.Thread | None = None
        self._changed = False
        self._wake = threading.Condition()

    def keep(self, kept: Kept) -> None:
        """Renews the lease until it ends or is dropped."""
        with self._wake:
            now = self._now()
            kept.apply(kept.track, now)
            if kept.track.end is not None:
                return
            self._leases[kept.lease_id] = kept
            self._notify()
            if self._thread is None:
                # A pause before the thread has begun counts, too.
                self._pauses.expect(now)
                self._thread = threading.Thread(target=self._run, name="portlease-keeper", daemon=True)
                self._thread.start()

    def drop(self, kept: Kept) -> None:
        """Stops renewing a lease that its holder gives back. No-op when it has ended."""
        with self._wake:
            kept.apply(lease.ended(kept.track, LeaseState.RELEASED), self._now())
            self._forget_ended(kept)
            self._notify()

    def look(self, kept: Kept) -> tuple[LeaseState, Track]:
        """The lease at this moment."""
        with self._wake:
            state = kept.apply(kept.track, self._now())
            self._forget_ended(kept)
            return state, kept.track

    def close(self) -> None:
        """Stops renewing anything; the calls under way are given up."""
        with self._wake:
            self._leases.clear()
            calls = tuple(self._calls)
            self._notify()
        for call in calls:
            call.cancel()

    def _now(self) -> float:
        """The time, after every lease was told of a pause that ended just now. Every way into the keeper begins here."""
        now = self._clock()
        pause = self._pauses.runs(now)
        if pause > 0:
            if pause >= timing.PULSE:
                _log.warning("this process did not run for %.1f s", pause)
            for kept in self._leases.values():
                kept.apply(lease.paused(kept.track, now, pause), now)
        return now

    def _run(self) -> None:
        while True:
            with self._wake:
                now = self._now()
                due = self._take_due(now)
            for kept in due:
                self._send(kept, now)
            with self._wake:
                if not self._leases:
                    # The time without leases is no pause.
                    self._pauses.expect(math.inf)
                    self._thread = None
                    return
                now = self._now()
                looks = (lease.next_look(kept.track, now) for kept in self._leases.values())
                wake_at = min(now + timing.PULSE, *looks) if self._leases else now
                overdue = any(lease.renewal_due(kept.track, now) for kept in self._leases.values())
                if not self._changed and not overdue:
                    self._pauses.expect(wake_at)
                    self._wake.wait_for(lambda: self._changed, max(0.0, wake_at - now))
                self._changed = False

    def _take_due(self, now: float) -> Sequence[Kept]:
        for kept in tuple(self._leases.values()):
            kept.apply(kept.track, now)
            self._forget_ended(kept)
        due = [kept for kept in self._leases.values() if lease.renewal_due(kept.track, now)]
        for kept in due:
            kept.apply(lease.renewal_sent(kept.track, now), now)
        return due

    def _send(self, kept: Kept, sent_at: float) -> None:
        try:
            call = self._renew(kept.lease_id, kept.holder_key, timing.answer_within(kept.track.ttl))
        except ValueError:
            # The channel was closed meanwhile: the client goes away, and with it this lease.
            return
        with self._wake:
            self._calls.add(call)
        call.add_done_callback(lambda done: self._answered(kept, sent_at, done))

    def _answered(self, kept: Kept, sent_at: float, call: RenewCall) -> None:
        outcome = self._outcome(call)
        with self._wake:
            self._calls.discard(call)
            now = self._now()
            if isinstance(outcome, PortleaseError):
                kept.refused(outcome, sent_at, now)
            else:
                kept.renewed(outcome, sent_at, now)
            self._forget_ended(kept)
            self._notify()

    def _outcome(self, call: RenewCall) -> pb.RenewLeaseResponse | PortleaseError:
        try:
            response = call.result()
        except grpc.RpcError as error:
            return from_rpc(error, self._address)
        except grpc.FutureCancelledError:
            return PortleaseError(grpc.StatusCode.CANCELLED, "CLIENT_CLOSED", "the client was closed")
        return response if seconds(response.lease.ttl) > 0 else answer_invalid("lease.ttl")

    def _forget_ended(self, kept: Kept) -> None:
        if kept.track.end is not None and self._leases.get(kept.lease_id) is kept:
            del self._leases[kept.lease_id]

    def _notify(self) -> None:
        self._changed = True
        self._wake.notify_all()
