package portlease

// Repeats calls that are safe to repeat while the broker is away. What makes them safe (a request id) is the caller's business.

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"github.com/portlease/portlease/clients/go/internal/backoff"
	"google.golang.org/grpc/codes"
)

// callContext ends when the parent does, when the time is over, or (with CLIENT_CLOSED) when the client is closed.
func (c *Client) callContext(parent context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(c.closing, func() { cancel(context.Cause(c.closing)) })
	ctx, cancelTimeout := context.WithTimeout(ctx, timeout)
	return ctx, func() {
		stop()
		cancelTimeout()
		cancel(nil)
	}
}

// retry calls attempt until it succeeds, fails for good (anything but UNAVAILABLE), or ctx would end before the next try: then it
// returns the last error. Waits between tries double, and are at least what the broker asks for.
func (c *Client) retry(ctx context.Context, attempt func() *Error) error {
	for failures := 1; ; failures++ {
		if ctx.Err() != nil {
			return errorOfContext(context.Cause(ctx), c.settings.address)
		}
		failure := attempt()
		if failure == nil {
			return nil
		}
		if failure.Code != codes.Unavailable {
			return failure
		}
		wait := max(backoff.After(failures, mathrand.Float64(), backoff.Last), failure.RetryDelay)
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= wait {
			return failure
		}
		c.settings.log.Info("the broker is not available; trying again", "reason", failure.Reason, "retry_in", wait)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// asError is for errors that are ours by construction.
func asError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return newError(codes.Unknown, "", nil, err, "%v", err)
}
