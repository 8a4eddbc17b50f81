package portlease

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// Nobody listens on port 1 of a host that is not from the last century.
func clientOfNobody(t *testing.T, timeout time.Duration) *Client {
	t.Helper()
	client, err := NewClient(WithAddress("127.0.0.1:1"), WithAcquireTimeout(timeout))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func TestAcquireTriesUntilItsTimeIsOver(t *testing.T) {
	start := time.Now()
	_, err := clientOfNobody(t, 300*time.Millisecond).Acquire(context.Background(), AcquireOptions{})
	wantReason(t, err, codes.Unavailable, ReasonBrokerUnreachable)
	if time.Since(start) < 50*time.Millisecond {
		t.Error("it was tried only once")
	}
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(100*time.Millisecond, cancel)
	_, err := clientOfNobody(t, time.Hour).Acquire(ctx, AcquireOptions{})
	wantReason(t, err, codes.Canceled, ReasonCallAborted)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not wrap the context's error", err)
	}
}

func TestAcquireEndsWithItsClient(t *testing.T) {
	client := clientOfNobody(t, time.Hour)
	time.AfterFunc(100*time.Millisecond, func() { client.Close() })
	_, err := client.Acquire(context.Background(), AcquireOptions{})
	wantReason(t, err, codes.FailedPrecondition, ReasonClientClosed)
	_, err = client.Acquire(context.Background(), AcquireOptions{})
	wantReason(t, err, codes.FailedPrecondition, ReasonClientClosed)
}

func TestOptionsThatCannotBeSentAreRefused(t *testing.T) {
	client := clientOfNobody(t, time.Hour)
	for _, options := range []AcquireOptions{{PortCount: -1}, {PreferredPort: 65_536}, {Protocol: 3}} {
		_, err := client.Acquire(context.Background(), options)
		wantReason(t, err, codes.InvalidArgument, ReasonOptionInvalid)
	}
}
