package portlease

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestWhatTheBrokerAnsweredIsDecoded(t *testing.T) {
	refusal, err := status.New(codes.ResourceExhausted, "the pool is full").WithDetails(
		&errdetails.ErrorInfo{Reason: "POOL_FULL", Domain: "portlease", Metadata: map[string]string{"pool": "default"}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(3 * time.Second)},
	)
	if err != nil {
		t.Fatal(err)
	}
	own := errorOfCall(context.Background(), refusal.Err(), "127.0.0.1:1")
	if own.Code != codes.ResourceExhausted || own.Reason != "POOL_FULL" || own.Metadata["pool"] != "default" ||
		own.RetryDelay != 3*time.Second || own.Error() != "portlease: the pool is full" {
		t.Errorf("%+v", own)
	}
}

func TestABrokerThatDoesNotAnswerIsNamedWithWhatToDo(t *testing.T) {
	own := errorOfCall(context.Background(), status.Error(codes.Unavailable, "connection refused"), "127.0.0.1:1")
	wantReason(t, own, codes.Unavailable, ReasonBrokerUnreachable)
	if own.Metadata["address"] != "127.0.0.1:1" || !strings.Contains(own.Error(), "portlease serve") {
		t.Errorf("%v", own)
	}
}

func TestTheEndOfAContextIsItsCause(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	err := errorOfCall(cancelled, status.Error(codes.Canceled, "canceled"), "")
	wantReason(t, err, codes.Canceled, ReasonCallAborted)
	if !errors.Is(err, context.Canceled) {
		t.Error("it does not wrap the context's error")
	}
	expired, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	wantReason(t, errorOfCall(expired, status.Error(codes.DeadlineExceeded, ""), ""), codes.DeadlineExceeded, ReasonBrokerTimeout)
}

func TestNoPrintShowsTheHolderKey(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if shown := fmt.Sprintf(format, lease); strings.Contains(shown, lease.HolderKey()) {
				t.Errorf("%s shows %s", format, shown)
			}
		}
	})
}
