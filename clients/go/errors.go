package portlease

// The one error type: what the broker answered, and what the client found out by itself.

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
)

// Reasons that this package gives by itself. The broker's own reasons, such as POOL_FULL, stand in its API (lease_service.proto).
const (
	// ReasonBrokerUnreachable (UNAVAILABLE): nobody answers at the address, or the connection broke.
	ReasonBrokerUnreachable = "BROKER_UNREACHABLE"
	// ReasonBrokerTimeout (DEADLINE_EXCEEDED): the broker took longer than the call may take.
	ReasonBrokerTimeout = "BROKER_TIMEOUT"
	// ReasonBrokerAnswerInvalid (INTERNAL): the broker answered something that the API does not allow.
	ReasonBrokerAnswerInvalid = "BROKER_ANSWER_INVALID"
	// ReasonCallAborted (CANCELLED): the caller's context was cancelled; the error wraps what the context says.
	ReasonCallAborted = "CALL_ABORTED"
	// ReasonClientClosed (FAILED_PRECONDITION): the client was closed.
	ReasonClientClosed = "CLIENT_CLOSED"
	// ReasonLeaseLost (FAILED_PRECONDITION): the lease is lost; Metadata["lost_reason"] says why.
	ReasonLeaseLost = "LEASE_LOST"
	// ReasonLeaseReleased (FAILED_PRECONDITION): the lease was given back.
	ReasonLeaseReleased = "LEASE_RELEASED"
	// ReasonLeaseInDoubt (FAILED_PRECONDITION): the process was paused past the lease's deadline, and the broker has not said yet
	// whether it holds.
	ReasonLeaseInDoubt = "LEASE_IN_DOUBT"
	// ReasonPortNotInLease (INVALID_ARGUMENT): the port or protocol asked for is not of this lease.
	ReasonPortNotInLease = "PORT_NOT_IN_LEASE"
	// ReasonBindFailed (FAILED_PRECONDITION): the operating system refused the bind; the error wraps the system's.
	ReasonBindFailed = "BIND_FAILED"
	// ReasonHandoffUnsupported (UNIMPLEMENTED): the port can only be had as a socket that the broker bound (Windows), which a Go
	// program cannot take over.
	ReasonHandoffUnsupported = "HANDOFF_UNSUPPORTED"
	// ReasonOptionInvalid (INVALID_ARGUMENT): an option cannot be used.
	ReasonOptionInvalid = "OPTION_INVALID"
)

// An Error is a failed call or a refused action. Get it with [errors.As], and decide on Code and Reason.
type Error struct {
	// Code is the class of the error, as a gRPC status code.
	Code codes.Code
	// Reason is a stable word in upper snake case: one of the constants here, or the broker's; empty when the other side gave none.
	Reason string
	// Metadata has the values that the message names. Never nil.
	Metadata map[string]string
	// RetryDelay is how long to wait at least before a repeat; 0 when nothing is known.
	RetryDelay time.Duration

	message string
	cause   error
}

// Error says what happened, why, and what to do.
func (e *Error) Error() string { return "portlease: " + e.message }

// Unwrap returns the error of the operating system, of gRPC or of the context behind this one, if any.
func (e *Error) Unwrap() error { return e.cause }

func newError(code codes.Code, reason string, metadata map[string]string, cause error, format string, args ...any) *Error {
	if metadata == nil {
		metadata = map[string]string{}
	}
	return &Error{Code: code, Reason: reason, Metadata: metadata, message: fmt.Sprintf(format, args...), cause: cause}
}

func optionInvalid(option string, cause error, format string, args ...any) *Error {
	metadata := map[string]string{"option": option}
	return newError(codes.InvalidArgument, ReasonOptionInvalid, metadata, cause, format, args...)
}

func clientClosed() *Error {
	return newError(codes.FailedPrecondition, ReasonClientClosed, nil, nil,
		"this client was closed; make another one to lease a port")
}
