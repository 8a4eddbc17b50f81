"""The client's time: a clock that never goes back, and that goes on while the machine sleeps; and who notices pauses."""

from __future__ import annotations

import math
import sys
import time

# Timers are never quite on time, least on Windows with its tick of 15.6 ms; a delay below this is no pause.
PAUSE_MIN = 0.020

# Linux's CLOCK_MONOTONIC stands still during sleep, CLOCK_BOOTTIME does not; their rates are the same
# (https://man7.org/linux/man-pages/man2/clock_gettime.2.html). So sleep shows as a pause like any other.
# Windows counts sleep by itself, in its ticks and in its performance counter
# (https://learn.microsoft.com/windows/win32/sysinfo/acquiring-high-resolution-time-stamps).
if sys.platform == "linux":

    def now() -> float:
        """Seconds since some fixed point."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:

    def now() -> float:
        """Seconds since some fixed point."""
        return time.monotonic()


class PauseDetector:
    """Compares when the process meant to run with when it did. Pure: the time comes in as an argument."""

    def __init__(self) -> None:
        self._expected = math.inf

    def expect(self, at: float) -> None:
        """The process means to run again at ``at`` at the latest; ``math.inf``: it has nothing to do."""
        self._expected = at

    def runs(self, now: float) -> float:
        """The process runs. Returns for how many seconds it did not though it meant to; 0 for no pause."""
        late = now - self._expected
        # One pause counts once, though the thread that was due in it may run only after this.
        self._expected = max(self._expected, now)
        return late if late >= PAUSE_MIN else 0.0
