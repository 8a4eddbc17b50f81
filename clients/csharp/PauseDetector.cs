// Notices that this process did not run for a while: stopped, starved, or on a machine that slept.

using System;

namespace Portlease.Sample
{
    /// <summary>
    /// The wall clock is compared too, because the monotonic clock of Linux stands still during sleep
    /// (https://man7.org/linux/man-pages/man2/clock_gettime.2.html). Not thread-safe.
    /// </summary>
    public sealed class PauseDetector
    {
        /// <summary>Smaller steps of the wall clock are corrections of the time.</summary>
        private const double WallJumpMs = 2000;

        /// <summary>Timers are never quite on time; a delay below this is no pause.</summary>
        private const double PauseMsMin = 20;

        private double _expectedMs;
        private double _lastMs;
        private double _lastWallMs;

        public PauseDetector(double nowMs, double wallMs)
        {
            _expectedMs = nowMs;
            _lastMs = nowMs;
            _lastWallMs = wallMs;
        }

        /// <summary>The process means to run again at this moment at the latest.</summary>
        public void ExpectBy(double atMs)
        {
            _expectedMs = atMs;
        }

        /// <summary>The process runs. Returns for how long it did not though it meant to; 0 for no pause.</summary>
        public double Ran(double nowMs, double wallMs)
        {
            double lateMs = Math.Max(0, nowMs - _expectedMs);
            double sleptMs = wallMs - _lastWallMs - (nowMs - _lastMs);
            _lastMs = nowMs;
            _lastWallMs = wallMs;
            // One pause counts once, though the timer that was due in it may fire only after this.
            _expectedMs = Math.Max(_expectedMs, nowMs);
            double pausedMs = sleptMs >= WallJumpMs ? Math.Max(lateMs, sleptMs) : lateMs;
            return pausedMs >= PauseMsMin ? pausedMs : 0;
        }
    }
}
