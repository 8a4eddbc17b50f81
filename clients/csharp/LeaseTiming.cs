// When a lease is renewed, in jeopardy and lost, as shares of its TTL. Pure arithmetic; LeaseTrack.cs decides with it. Times are
// milliseconds of the client's monotonic clock.

using System;

namespace Portlease.Sample
{
    public static class LeaseTiming
    {
        /// <summary>A renewal is due when about a third of the TTL has gone: several more tries fit in before the lease is lost.</summary>
        private const double RenewAfterShare = 1.0 / 3;

        /// <summary>A renewal may come earlier by this share of its wait, so that leases granted together do not stay in step.</summary>
        private const double RenewJitterShare = 0.1;

        /// <summary>A lease is in jeopardy when less than this share of its TTL is left without a renewal.</summary>
        private const double JeopardyLeftShare = 1.0 / 3;

        /// <summary>A lease counts as lost this share of its TTL before its deadline: two machines' clocks differ a little ...</summary>
        private const double SafetyMarginShare = 0.01;

        /// <summary>... and this much, for timers that fire late (a timer tick of Windows is 15.6 ms).</summary>
        private const double SafetyMarginMs = 20;

        /// <summary>From here on the lease is in jeopardy unless it was renewed.</summary>
        /// <param name="deadlineMs">When the broker may give the port to somebody else.</param>
        public static double JeopardyAtMs(double deadlineMs, double ttlMs)
        {
            return Math.Min(deadlineMs - ttlMs * JeopardyLeftShare, LostAtMs(deadlineMs, ttlMs));
        }

        /// <summary>From here on the lease is lost unless it was renewed: before its deadline.</summary>
        public static double LostAtMs(double deadlineMs, double ttlMs)
        {
            // Half of the TTL keeps the moments in order for a TTL of a few milliseconds, as only tests have.
            return deadlineMs - Math.Min(ttlMs * SafetyMarginShare + SafetyMarginMs, ttlMs / 2);
        }

        /// <summary>
        /// The earliest moment at which the broker can have granted: the request had been sent, then the broker took waitMs by its own
        /// word, which is believed only as far as the answer took that long. The deadline is this plus the TTL.
        /// </summary>
        public static double GrantMoment(double sentAtMs, double answeredAtMs, double waitMs)
        {
            return Math.Min(sentAtMs + waitMs, answeredAtMs);
        }

        /// <summary>When to renew a lease whose TTL began at fromMs.</summary>
        /// <param name="random">From 0 to below 1.</param>
        public static double RenewMoment(double fromMs, double ttlMs, double random)
        {
            return fromMs + ttlMs * RenewAfterShare * (1 - RenewJitterShare * random);
        }
    }
}
