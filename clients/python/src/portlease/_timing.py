"""When a lease is renewed, in jeopardy and lost, as shares of its TTL, and the limits of keeping it.

Pure arithmetic in seconds, the same as in the TypeScript client; ``_track.py`` decides with it.
"""

from __future__ import annotations

# A renewal is due when about a third of the TTL has gone: two more tries fit in before the lease is in jeopardy.
RENEW_AFTER_SHARE = 1 / 3

# A renewal may come earlier by this share of its wait, so that leases granted together do not stay in step.
RENEW_JITTER_SHARE = 0.1

# A lease is in jeopardy when less than this share of its TTL is left.
JEOPARDY_LEFT_SHARE = 1 / 3

# A lease counts as lost this share of its TTL before its deadline. The kernel corrects a clock by at most 0.05 %
# (https://man7.org/linux/man-pages/man2/adjtimex.2.html), crystals are off by less than 0.02 %.
SAFETY_MARGIN_SHARE = 0.01

# And this much, for timers that fire late (a Windows timer tick is 15.6 ms) and for the rounding of durations.
SAFETY_MARGIN = 0.020

# A pause of the process matters to a lease when it was longer than this share of its TTL.
PAUSE_SHARE = 0.1

# After a pause past the deadline the broker has this share of the TTL to answer; then the lease is lost.
DOUBT_SHARE = 1 / 3

# While it has leases a client looks at the clock this often at least, so that it notices when the machine slept.
PULSE = 1.0

# The first wait between two tries to reach the broker: one that only restarts is back within a second.
BACKOFF_FIRST = 0.1

# The longest wait between two tries.
BACKOFF_LAST = 5.0


def moments(deadline: float, ttl: float) -> tuple[float, float]:
    """From when on an unrenewed lease is in jeopardy, and from when on it is lost; both before ``deadline``."""
    # Half of the TTL keeps the moments in order for a TTL of a few milliseconds, as only tests have.
    margin = min(ttl * SAFETY_MARGIN_SHARE + SAFETY_MARGIN, ttl / 2)
    return min(deadline - ttl * JEOPARDY_LEFT_SHARE, deadline - margin), deadline - margin


def grant_moment(sent_at: float, answered_at: float, wait: float) -> float:
    """The earliest moment at which the broker can have granted what it answered.

    The request had been sent, and then the broker took ``wait`` by its own word, which is believed only as far as the
    answer took that long.
    """
    return min(sent_at + wait, answered_at)


def renew_moment(since: float, ttl: float, random: float) -> float:
    """When to renew a lease whose TTL began at ``since``. ``random`` is from 0 to below 1."""
    return since + ttl * RENEW_AFTER_SHARE * (1 - RENEW_JITTER_SHARE * random)


def answer_within(ttl: float) -> float:
    """How long a renewal may take: at least one more try then fits in before the lease is in jeopardy."""
    return min(max(ttl / 6, 0.25), 5.0)


def backoff(failures: int, random: float, last: float = BACKOFF_LAST) -> float:
    """The wait after so many failures in a row (1 or more): doubles up to ``last``, half of it random."""
    return min(BACKOFF_FIRST * 2.0 ** min(failures - 1, 30), last) * (0.5 + random / 2)


def retry_within(ttl: float) -> float:
    """Tries to renew again are at most this far apart."""
    return min(ttl / 10, BACKOFF_LAST)


def asked_retry_within(ttl: float) -> float:
    """The longest delay that the broker may ask for: less than the wait that puts a lease in jeopardy."""
    return ttl / 6
