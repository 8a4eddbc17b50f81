// What is known of one lease by the client's own clocks: its state, and when something is due. It calls nobody and reads no clock;
// Lease.cs guards it with its lock.

using System;

namespace Portlease.Sample
{
    /// <summary>What a holder may believe of its lease. Lost and Released are final.</summary>
    public enum LeaseState
    {
        /// <summary>The port is yours, and renewals are in time.</summary>
        Safe,

        /// <summary>Yours as far as is known, but renewals are overdue, or this process did not run for a while.</summary>
        Jeopardy,

        /// <summary>Not yours any more: stop using the port.</summary>
        Lost,

        /// <summary>You gave it back.</summary>
        Released,
    }

    /// <summary>Times are milliseconds of the client's monotonic clock, and of its wall clock where the name says so.</summary>
    public sealed class LeaseTrack
    {
        /// <summary>After a pause past the deadline the broker has this share of the TTL to answer; then the lease is lost.</summary>
        private const double DoubtShare = 1.0 / 3;

        /// <summary>A pause matters to a lease when it was longer than this share of its TTL.</summary>
        private const double PauseShare = 0.1;

        /// <summary>One look in a second at least, so that a sleep of the machine is noticed.</summary>
        private const double PulseMs = 1000;

        private const double AnswerMsMin = 250;
        private const double AnswerMsMax = 5000;

        private readonly PauseDetector _pauses;
        private LeaseState? _end;
        private double _deadlineMs;
        private double _renewAtMs;
        /// <summary>Since when the process cannot trust its own clock, until the broker has answered.</summary>
        private double? _doubtSinceMs;

        /// <param name="grantedAtMs">As LeaseTiming.GrantMoment says.</param>
        /// <param name="random">From 0 to below 1, for jitter.</param>
        public LeaseTrack(double grantedAtMs, double ttlMs, double nowMs, double wallMs, double random)
        {
            _pauses = new PauseDetector(nowMs, wallMs);
            _pauses.ExpectBy(nowMs + PulseMs);
            TtlMs = ttlMs;
            _deadlineMs = grantedAtMs + ttlMs;
            _renewAtMs = LeaseTiming.RenewMoment(grantedAtMs, ttlMs, random);
            EndReason = "";
        }

        public double TtlMs { get; private set; }

        /// <summary>How many renewals failed in a row.</summary>
        public int Failures { get; private set; }

        /// <summary>Why the lease is lost: a reason in upper snake case; "" while it is not.</summary>
        public string EndReason { get; private set; }

        /// <summary>True when the broker's answer must decide, after a pause.</summary>
        public bool InDoubt
        {
            get { return _doubtSinceMs.HasValue; }
        }

        /// <summary>Lets time pass and tells the state at this moment. Call it before anything is decided.</summary>
        public LeaseState Look(double nowMs, double wallMs)
        {
            double pausedMs = _pauses.Ran(nowMs, wallMs);
            if (_end.HasValue)
            {
                return _end.Value;
            }
            if (pausedMs > 0 && pausedMs >= TtlMs * PauseShare)
            {
                Doubt(nowMs);
            }
            Pass(nowMs);
            if (_end.HasValue)
            {
                return _end.Value;
            }
            bool late = nowMs >= LeaseTiming.JeopardyAtMs(_deadlineMs, TtlMs);
            return InDoubt || late ? LeaseState.Jeopardy : LeaseState.Safe;
        }

        /// <summary>Look comes first.</summary>
        public bool RenewalDue(double nowMs)
        {
            return !_end.HasValue && nowMs >= _renewAtMs;
        }

        /// <summary>When Look may say something else, or a renewal falls due: within a second. The process means to run then.</summary>
        public double NextLook(double nowMs)
        {
            double next = Earlier(NextMoment(nowMs + PulseMs, nowMs), nowMs, _renewAtMs);
            _pauses.ExpectBy(next);
            return next;
        }

        /// <summary>How long a renewal sent now may take: the moment by which its answer must be there.</summary>
        public double AnswerBy(double nowMs)
        {
            // A sixth of the TTL, so that several tries fit in; and not past the moment at which there is something to tell.
            double by = NextMoment(nowMs + Math.Min(Math.Max(TtlMs / 6, AnswerMsMin), AnswerMsMax), nowMs);
            _pauses.ExpectBy(by);
            return by;
        }

        /// <summary>A renewal that was sent at sentAtMs succeeded. No-op for a lease that has ended: lost stays lost.</summary>
        public void Renewed(double sentAtMs, double ttlMs, double random)
        {
            if (_end.HasValue)
            {
                return;
            }
            TtlMs = ttlMs;
            _deadlineMs = sentAtMs + ttlMs;
            _renewAtMs = LeaseTiming.RenewMoment(sentAtMs, ttlMs, random);
            Failures = 0;
            // Only a renewal that was sent after the pause proves anything about it: the clock may have stood still.
            if (_doubtSinceMs.HasValue && sentAtMs >= _doubtSinceMs.Value)
            {
                _doubtSinceMs = null;
            }
        }

        /// <summary>A renewal had no success for a reason that may pass.</summary>
        public void RenewalFailed(double retryAtMs)
        {
            Failures += 1;
            _renewAtMs = retryAtMs;
        }

        /// <summary>The first end counts.</summary>
        public void End(LeaseState state, string reason)
        {
            if (_end.HasValue)
            {
                return;
            }
            _end = state;
            EndReason = reason;
        }

        /// <summary>
        /// A running client sees the moment before the deadline at which its lease counts as lost. One that comes past the deadline
        /// itself did not run: then only the broker can say what became of the lease.
        /// </summary>
        private void Pass(double nowMs)
        {
            if (nowMs < LeaseTiming.LostAtMs(_deadlineMs, TtlMs))
            {
                return;
            }
            if (nowMs < _deadlineMs || (Failures > 0 && !InDoubt))
            {
                End(LeaseState.Lost, "DEADLINE_PASSED");
            }
            else if (!InDoubt || _doubtSinceMs.Value < _deadlineMs)
            {
                Doubt(nowMs);
            }
            else if (nowMs >= DoubtUntilMs())
            {
                End(LeaseState.Lost, "UNCONFIRMED");
            }
        }

        private void Doubt(double nowMs)
        {
            _doubtSinceMs = nowMs;
            _renewAtMs = nowMs;
        }

        private double DoubtUntilMs()
        {
            return _doubtSinceMs.HasValue ? _doubtSinceMs.Value + TtlMs * DoubtShare : _deadlineMs;
        }

        private double NextMoment(double next, double nowMs)
        {
            next = Earlier(next, nowMs, LeaseTiming.JeopardyAtMs(_deadlineMs, TtlMs));
            next = Earlier(next, nowMs, LeaseTiming.LostAtMs(_deadlineMs, TtlMs));
            return Earlier(next, nowMs, DoubtUntilMs());
        }

        /// <summary>atMs where it lies between now and next.</summary>
        private static double Earlier(double next, double nowMs, double atMs)
        {
            return atMs > nowMs && atMs < next ? atMs : next;
        }
    }
}
