// The calls to the broker, each one try with its time limit. They throw PortleaseException.

using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Grpc.Core;
using Grpc.Net.Client;
using Portlease.V1;

namespace Portlease.Sample
{
    /// <summary>In clear text, as a broker serves callers of its own host.</summary>
    public sealed class BrokerCalls : IDisposable
    {
        private const string DefaultAddress = "127.0.0.1:7600";

        private readonly string _address;
        private readonly string _tokenFile;
        private readonly GrpcChannel _channel;
        private readonly LeaseService.LeaseServiceClient _client;

        /// <param name="address">host:port; null: PORTLEASE_ADDRESS, else 127.0.0.1:7600.</param>
        /// <param name="tokenFile">A file with a bearer token in its first line; null: PORTLEASE_TOKEN_FILE, else none.</param>
        public BrokerCalls(string address = null, string tokenFile = null)
        {
            _address = address ?? FromEnvironment("PORTLEASE_ADDRESS") ?? DefaultAddress;
            _tokenFile = tokenFile ?? FromEnvironment("PORTLEASE_TOKEN_FILE");
            Uri target = new Uri("http://" + _address);
            if (_tokenFile != null && !target.IsLoopback)
            {
                string why = "the token is not sent to " + _address + ": it is another host, and without TLS everybody "
                    + "on the way could read it. Use an https address, or leave the token out.";
                throw new PortleaseException(StatusCode.InvalidArgument, "OPTION_INVALID", why);
            }
            _channel = GrpcChannel.ForAddress(target);
            _client = new LeaseService.LeaseServiceClient(_channel);
        }

        public Task<AcquireLeaseResponse> AcquireAsync(AcquireLeaseRequest request, TimeSpan timeout, CancellationToken cancel)
        {
            return OnceAsync(timeout, cancel, (headers, token) => _client.AcquireLeaseAsync(request, headers, null, token));
        }

        public Task<RenewLeaseResponse> RenewAsync(string leaseId, string holderKey, TimeSpan timeout, CancellationToken cancel)
        {
            RenewLeaseRequest request = new RenewLeaseRequest { LeaseId = leaseId, HolderKey = holderKey };
            return OnceAsync(timeout, cancel, (headers, token) => _client.RenewLeaseAsync(request, headers, null, token));
        }

        public Task<ReleaseLeaseResponse> ReleaseAsync(string leaseId, string holderKey, TimeSpan timeout)
        {
            ReleaseLeaseRequest request = new ReleaseLeaseRequest
            {
                LeaseId = leaseId,
                HolderKey = holderKey,
                AllowMissing = true,
            };
            CancellationToken never = CancellationToken.None;
            return OnceAsync(timeout, never, (headers, token) => _client.ReleaseLeaseAsync(request, headers, null, token));
        }

        public Task<TransferSocketResponse> TransferAsync(TransferSocketRequest request, TimeSpan timeout)
        {
            CancellationToken never = CancellationToken.None;
            return OnceAsync(timeout, never, (headers, token) => _client.TransferSocketAsync(request, headers, null, token));
        }

        public Task<ConfirmTransferResponse> ConfirmAsync(string transferId, string holderKey, TimeSpan timeout)
        {
            ConfirmTransferRequest request = new ConfirmTransferRequest { TransferId = transferId, HolderKey = holderKey };
            CancellationToken never = CancellationToken.None;
            return OnceAsync(timeout, never, (headers, token) => _client.ConfirmTransferAsync(request, headers, null, token));
        }

        public void Dispose()
        {
            _channel.Dispose();
        }

        private async Task<T> OnceAsync<T>(
            TimeSpan timeout, CancellationToken cancel, Func<Metadata, CancellationToken, AsyncUnaryCall<T>> call)
        {
            // Not the call's own deadline: that is a time of the wall clock.
            using (CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel))
            {
                limit.CancelAfter(timeout);
                try
                {
                    return await call(Headers(), limit.Token).ResponseAsync;
                }
                catch (RpcException failure)
                {
                    cancel.ThrowIfCancellationRequested();
                    throw PortleaseException.Of(failure, _address);
                }
            }
        }

        /// <summary>The token of now: a broker's tokens are replaced while its clients run.</summary>
        private Metadata Headers()
        {
            Metadata headers = new Metadata();
            if (_tokenFile == null)
            {
                return headers;
            }
            try
            {
                headers.Add("authorization", "Bearer " + File.ReadLines(_tokenFile).First().Trim());
                return headers;
            }
            catch (Exception unusable) when (unusable is IOException || unusable is InvalidOperationException)
            {
                string why = "the token file " + _tokenFile + " cannot be used (" + unusable.Message
                    + "). Give the path of a file that has the token in its first line.";
                throw new PortleaseException(StatusCode.Unauthenticated, "OPTION_INVALID", why, unusable);
            }
        }

        private static string FromEnvironment(string name)
        {
            string value = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrEmpty(value) ? null : value;
        }
    }
}
