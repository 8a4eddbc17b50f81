package portlease

// Turns what gRPC reports of a failed call into an Error.

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// errorOfCall decodes how a call with this context failed. UNAVAILABLE without details becomes BROKER_UNREACHABLE.
func errorOfCall(ctx context.Context, err error, address string) *Error {
	decoded := status.Convert(err)
	if len(decoded.Details()) > 0 {
		return errorOfStatus(decoded.Proto())
	}
	// The call's own limits come first: gRPC reports some of them as the broker's.
	if cause := context.Cause(ctx); cause != nil {
		return errorOfContext(cause, address)
	}
	switch decoded.Code() {
	case codes.Unavailable:
		return newError(codes.Unavailable, ReasonBrokerUnreachable, map[string]string{"address": address}, err,
			"no portlease broker answers at %s (%s). Start one with \"portlease serve\", or set PORTLEASE_ADDRESS or WithAddress to "+
				"where it listens; a broker with TLS wants its certificate authority (WithCAFile or PORTLEASE_CA_FILE)",
			address, decoded.Message())
	case codes.DeadlineExceeded:
		return errorOfContext(context.DeadlineExceeded, address)
	default:
		return newError(decoded.Code(), "", nil, err, "%s", decoded.Message())
	}
}

// errorOfContext says why the caller's context ended a call.
func errorOfContext(cause error, address string) *Error {
	var own *Error
	switch {
	case errors.As(cause, &own):
		return own
	case errors.Is(cause, context.DeadlineExceeded):
		return newError(codes.DeadlineExceeded, ReasonBrokerTimeout, map[string]string{"address": address}, cause,
			"the broker at %s did not answer in time. Try again, or allow more time", address)
	default:
		return newError(codes.Canceled, ReasonCallAborted, nil, cause, "the caller gave up: %v", cause)
	}
}

// errorOfStatus decodes the status that a session carries in its messages. Details that are not known here are left out.
func errorOfStatus(proto *spb.Status) *Error {
	decoded := status.FromProto(proto)
	converted := newError(decoded.Code(), "", nil, nil, "%s", decoded.Message())
	for _, detail := range decoded.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			converted.Reason = detail.GetReason()
			for name, value := range detail.GetMetadata() {
				converted.Metadata[name] = value
			}
		case *errdetails.RetryInfo:
			converted.RetryDelay = detail.GetRetryDelay().AsDuration()
		}
	}
	return converted
}
