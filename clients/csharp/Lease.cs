// A leased port, renewed by a task of its own until it is disposed of or lost.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Grpc.Core;
using Portlease.V1;

namespace Portlease.Sample
{
    /// <summary>Close the server before the lease: a port that is still bound is leased to nobody. Thread-safe.</summary>
    public sealed class Lease : IAsyncDisposable
    {
        private const double BackoffFirstMs = 100;
        private static readonly TimeSpan AcquireTimeout = TimeSpan.FromSeconds(30);
        private static readonly TimeSpan BindTimeout = TimeSpan.FromSeconds(10);
        private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

        private readonly BrokerCalls _calls;
        private readonly string _holderKey;
        private readonly Action<LeaseState, string> _changed;
        private readonly CancellationTokenSource _closing = new CancellationTokenSource();
        private readonly Random _random = new Random();
        private readonly object _lock = new object();
        private readonly LeaseTrack _track;
        private readonly Task _keeping;
        private IEnumerable<PortReservation> _reservations;

        private Lease(BrokerCalls calls, AcquireLeaseResponse grant, double sentAtMs, Action<LeaseState, string> changed)
        {
            _calls = calls;
            _changed = changed;
            _holderKey = grant.HolderKey;
            _reservations = grant.Reservations;
            LeaseId = grant.Lease.LeaseId;
            Port = (int)grant.Lease.Port;
            Generation = grant.Lease.Generation;
            double nowMs = NowMs();
            double waitMs = grant.WaitDuration?.ToTimeSpan().TotalMilliseconds ?? 0;
            double grantedAtMs = LeaseTiming.GrantMoment(sentAtMs, nowMs, waitMs);
            double ttlMs = grant.Lease.Ttl.ToTimeSpan().TotalMilliseconds;
            _track = new LeaseTrack(grantedAtMs, ttlMs, nowMs, WallMs(), _random.NextDouble());
            _keeping = Task.Run(() => KeepAsync());
        }

        public string LeaseId { get; }

        /// <summary>The first port.</summary>
        public int Port { get; }

        /// <summary>The fencing number: it only rises from one holder of the port to the next.</summary>
        public ulong Generation { get; }

        public LeaseState State
        {
            get
            {
                lock (_lock)
                {
                    return _track.Look(NowMs(), WallMs());
                }
            }
        }

        /// <summary>
        /// Leases a port and keeps it. Waits for a broker that is away, up to 30 s. Throws PortleaseException.
        /// </summary>
        /// <param name="changed">Hears Safe (again), Jeopardy and Lost with its reason; renewals wait until it returns.</param>
        public static async Task<Lease> AcquireAsync(
            BrokerCalls calls, AcquireLeaseRequest request, Action<LeaseState, string> changed, CancellationToken cancel)
        {
            if (request.RequestId.Length == 0)
            {
                // A repeat of a call whose answer was lost gets the same lease.
                request = new AcquireLeaseRequest(request) { RequestId = Guid.NewGuid().ToString() };
            }
            TimeSpan limit = AcquireTimeout + (request.MaxWait?.ToTimeSpan() ?? TimeSpan.Zero);
            Stopwatch waited = Stopwatch.StartNew();
            for (int failures = 1; ; failures += 1)
            {
                double sentAtMs = NowMs();
                try
                {
                    AcquireLeaseResponse grant = await calls.AcquireAsync(request, limit - waited.Elapsed, cancel);
                    // The deadline counts from the try that was answered: the broker takes a repeat for a renewal.
                    return new Lease(calls, grant, sentAtMs, changed);
                }
                catch (PortleaseException failure) when (failure.Code == StatusCode.Unavailable)
                {
                    double pauseMs = Math.Min(BackoffFirstMs * Math.Pow(2, failures - 1), 5000);
                    TimeSpan pause = TimeSpan.FromMilliseconds(Math.Max(pauseMs, failure.RetryDelay?.TotalMilliseconds ?? 0));
                    if (waited.Elapsed + pause >= limit)
                    {
                        throw;
                    }
                    await Task.Delay(pause, cancel);
                }
            }
        }

        /// <summary>A socket that is bound to the port. Throws PortleaseException and SocketException.</summary>
        public async Task<Socket> BindAsync()
        {
            Socket socket = await PortBinding.BindAsync(CheckHeld(), Port, TransferAsync);
            try
            {
                // A handoff takes time, in which the lease may have been lost.
                CheckHeld();
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        /// <summary>Gives the port back. Never throws: what cannot be given back runs out by its TTL. Idempotent.</summary>
        public async ValueTask DisposeAsync()
        {
            lock (_lock)
            {
                if (_closing.IsCancellationRequested)
                {
                    return;
                }
                _track.End(LeaseState.Released, "");
                _closing.Cancel();
            }
            await _keeping;
            try
            {
                await _calls.ReleaseAsync(LeaseId, _holderKey, ReleaseTimeout);
            }
            catch (PortleaseException unreachable)
            {
                string what = "lease " + LeaseId + " was not given back and runs out by its TTL: ";
                Console.Error.WriteLine(what + unreachable.Message);
            }
        }

        private IEnumerable<PortReservation> CheckHeld()
        {
            lock (_lock)
            {
                LeaseState state = _track.Look(NowMs(), WallMs());
                if (state == LeaseState.Safe || (state == LeaseState.Jeopardy && !_track.InDoubt))
                {
                    return _reservations;
                }
                string reason = _track.InDoubt ? "LEASE_IN_DOUBT" : "LEASE_LOST";
                string text = "port " + Port + " may be somebody else's (lease " + LeaseId + ", " + state + "). ";
                throw new PortleaseException(StatusCode.FailedPrecondition, reason, text + "Acquire a new lease.");
            }
        }

        private async Task<Socket> TransferAsync(int port)
        {
            TransferSocketRequest request = new TransferSocketRequest
            {
                LeaseId = LeaseId,
                HolderKey = _holderKey,
                Port = (uint)port,
                ProcessId = (uint)Process.GetCurrentProcess().Id,
            };
            TransferSocketResponse transfer = await _calls.TransferAsync(request, BindTimeout);
            Socket socket = PortBinding.Open(transfer.ProtocolInfo.ToByteArray());
            try
            {
                // So that the broker closes its copy, in which connections would else queue up after this process died.
                await _calls.ConfirmAsync(transfer.TransferId, _holderKey, ReleaseTimeout);
            }
            catch (PortleaseException)
            {
                // The broker closes its copy by itself after confirm_within.
            }
            return socket;
        }

        private async Task KeepAsync()
        {
            LeaseState told = LeaseState.Safe;
            try
            {
                for (; ; )
                {
                    double nowMs = NowMs();
                    LeaseState state;
                    string reason;
                    double pauseMs;
                    lock (_lock)
                    {
                        state = _track.Look(nowMs, WallMs());
                        reason = _track.EndReason;
                        pauseMs = _track.RenewalDue(nowMs) ? 0 : _track.NextLook(nowMs) - nowMs;
                    }
                    if (state == LeaseState.Released)
                    {
                        return;
                    }
                    if (state != told)
                    {
                        told = state;
                        _changed(state, reason);
                    }
                    if (state == LeaseState.Lost)
                    {
                        return;
                    }
                    // Task.Delay counts whole milliseconds.
                    await (pauseMs > 0 ? Task.Delay((int)Math.Ceiling(pauseMs), _closing.Token) : RenewAsync());
                }
            }
            catch (OperationCanceledException)
            {
                // DisposeAsync wants this task to end; it has set the state.
            }
        }

        private async Task RenewAsync()
        {
            double sentAtMs = NowMs();
            double answerByMs;
            lock (_lock)
            {
                answerByMs = _track.AnswerBy(sentAtMs);
            }
            try
            {
                TimeSpan timeout = TimeSpan.FromMilliseconds(answerByMs - sentAtMs);
                RenewLeaseResponse answer = await _calls.RenewAsync(LeaseId, _holderKey, timeout, _closing.Token);
                lock (_lock)
                {
                    _track.Renewed(sentAtMs, answer.Lease.Ttl.ToTimeSpan().TotalMilliseconds, _random.NextDouble());
                    if (answer.Reservations.Count > 0)
                    {
                        _reservations = answer.Reservations;
                    }
                }
            }
            catch (PortleaseException failure)
            {
                RenewalFailed(failure);
            }
        }

        private void RenewalFailed(PortleaseException failure)
        {
            lock (_lock)
            {
                if (failure.EndsLease)
                {
                    _track.End(LeaseState.Lost, failure.Reason.Length == 0 ? "LEASE_NOT_FOUND" : failure.Reason);
                    return;
                }
                // Tries are at most a tenth of the TTL apart; half of the wait is random, so that clients do not call in step.
                double longestMs = Math.Min(_track.TtlMs / 10, 5000);
                double fullMs = Math.Min(BackoffFirstMs * Math.Pow(2, _track.Failures), longestMs);
                double ownMs = fullMs * (0.5 + _random.NextDouble() / 2);
                // The broker may ask for a longer wait, but not for one that would cost the lease.
                double askedMs = Math.Min(failure.RetryDelay?.TotalMilliseconds ?? 0, _track.TtlMs / 6);
                _track.RenewalFailed(NowMs() + Math.Max(ownMs, askedMs));
            }
        }

        private static double NowMs()
        {
            return Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;
        }

        private static double WallMs()
        {
            return DateTime.UtcNow.Subtract(DateTime.UnixEpoch).TotalMilliseconds;
        }
    }
}
