// The one error class of this sample: what the broker answered, and what the client found out by itself.

using System;
using System.Collections.Generic;
using Google.Rpc;
using Grpc.Core;

namespace Portlease.Sample
{
    /// <summary>A failed call or a refused action. Decide on Code and Reason, never on the text.</summary>
    public sealed class PortleaseException : Exception
    {
        public PortleaseException(StatusCode code, string reason, string message, Exception cause = null)
            : base((reason.Length == 0 ? code.ToString() : reason) + ": " + message, cause)
        {
            Code = code;
            Reason = reason;
            Metadata = new Dictionary<string, string>();
        }

        public StatusCode Code { get; }

        /// <summary>A word of docs/errors.md in upper snake case, or one of this client; "" when none is known.</summary>
        public string Reason { get; }

        /// <summary>Every value that the message names.</summary>
        public IReadOnlyDictionary<string, string> Metadata { get; private set; }

        /// <summary>How long to wait at least before a repeat, where the broker says so.</summary>
        public TimeSpan? RetryDelay { get; private set; }

        /// <summary>True when the lease that was renewed is over: no other try can help.</summary>
        public bool EndsLease
        {
            get { return Code == StatusCode.NotFound || Reason == "LEASE_ENDED" || Reason == "HOLDER_KEY_MISMATCH"; }
        }

        /// <summary>
        /// Decodes google.rpc.ErrorInfo and RetryInfo of the trailer grpc-status-details-bin (https://google.aip.dev/193) with
        /// Grpc.StatusProto: https://learn.microsoft.com/aspnet/core/grpc/error-handling
        /// </summary>
        public static PortleaseException Of(RpcException failure, string address)
        {
            Google.Rpc.Status status = failure.GetRpcStatus();
            ErrorInfo info = status?.GetDetail<ErrorInfo>();
            RetryInfo retry = status?.GetDetail<RetryInfo>();
            if (info == null && failure.StatusCode == StatusCode.Unavailable)
            {
                string advice = "Start one with \"portlease serve\", or set PORTLEASE_ADDRESS to where it listens.";
                string text = "no portlease broker answers at " + address + " (" + failure.Status.Detail + "). " + advice;
                return new PortleaseException(failure.StatusCode, "BROKER_UNREACHABLE", text, failure);
            }
            return new PortleaseException(failure.StatusCode, info?.Reason ?? "", failure.Status.Detail, failure)
            {
                Metadata = info == null ? new Dictionary<string, string>() : new Dictionary<string, string>(info.Metadata),
                RetryDelay = retry?.RetryDelay?.ToTimeSpan(),
            };
        }
    }
}
