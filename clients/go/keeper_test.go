package portlease

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

const testTTL = 30 * time.Second

func TestALeaseIsRenewedAtOnceAndThenEachThirdOfItsTTL(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		start := time.Now()
		lease := keeper.lease(t, "a", testTTL)
		session := <-broker.sessions
		for i := range 10 {
			session.renew(t, testTTL)
			want := time.Duration(i) * 10 * time.Second
			if got := time.Since(start); got < want || got > want+time.Second {
				t.Errorf("renewal %d after %v", i+1, got)
			}
		}
		synctest.Wait()
		if lease.State() != Safe || lease.Err() != nil {
			t.Errorf("the lease is %v", lease.State())
		}
	})
}

func TestLeasesThatAreGrantedTogetherAreRenewedTogether(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		for i := range 2_500 {
			keeper.lease(t, fmt.Sprint(i), testTTL)
		}
		session := <-broker.sessions
		// The first may go before the others are there.
		messages := 0
		for total := 0; total < 2_500; messages++ {
			number, ids := session.renewal(t)
			total += len(ids)
			if number == 0 || len(ids) > renewalsPerMessageMax {
				t.Errorf("message %d has %d leases", number, len(ids))
			}
		}
		if messages > 4 {
			t.Errorf("%d messages", messages)
		}
	})
}

func TestASilentBrokerMeansJeopardyThenLostBeforeTheDeadline(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		start := time.Now()
		lease := keeper.lease(t, "a", testTTL)
		<-lease.Changed()
		if got := time.Since(start); lease.State() != Jeopardy || got != 20*time.Second {
			t.Errorf("%v after %v", lease.State(), got)
		}
		if left := lease.Left(); left != 9680*time.Millisecond {
			t.Errorf("%v are left", left)
		}
		<-lease.Done()
		if got := time.Since(start); lease.State() != Lost || got != 29680*time.Millisecond {
			t.Errorf("%v after %v", lease.State(), got)
		}
		wantEnd(t, lease, "DEADLINE_PASSED")
		// Every session that did not answer was given up after a sixth of the TTL, and others were tried.
		if broker.opened.Load() < 5 {
			t.Errorf("%d sessions were opened", broker.opened.Load())
		}
	})
}

func TestABrokerThatCannotBeReachedIsTriedAgainAndTheReasonIsTold(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		broker.refuses.Store(true)
		lease := keeper.lease(t, "a", testTTL)
		time.Sleep(15 * time.Second)
		if broker.opened.Load() < 6 {
			t.Errorf("%d tries", broker.opened.Load())
		}
		broker.refuses.Store(false)
		session := <-broker.sessions
		session.renew(t, testTTL)
		synctest.Wait()
		if lease.State() != Safe {
			t.Errorf("the lease is %v", lease.State())
		}
	})
}

func TestABrokenSessionIsOpenedAgainAndAllLeasesRenewed(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		keeper.lease(t, "a", testTTL)
		first := <-broker.sessions
		first.renew(t, testTTL)
		first.broken <- status.Error(codes.Unavailable, "connection reset")
		broken := time.Now()
		second := <-broker.sessions
		second.renew(t, testTTL)
		if got := time.Since(broken); got > 100*time.Millisecond {
			t.Errorf("after %v", got)
		}
	})
}

func TestABrokerThatIsAboutToStopIsLeftAndFoundAgain(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		first := <-broker.sessions
		first.renew(t, testTTL)
		first.responses <- &pb.SessionResponse{Response: &pb.SessionResponse_GoingAway{GoingAway: &pb.GoingAway{}}}
		asked := time.Now()
		(<-broker.sessions).renew(t, testTTL)
		if got := time.Since(asked); got > closeGrace {
			t.Errorf("after %v", got)
		}
		synctest.Wait()
		if lease.State() != Safe {
			t.Errorf("the lease is %v", lease.State())
		}
	})
}

func TestWhatTheBrokerSaysOfOneLeaseEndsThatOneOnly(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		revoked, unknown, kept := keeper.lease(t, "a", testTTL), keeper.lease(t, "b", testTTL), keeper.lease(t, "c", testTTL)
		session := <-broker.sessions
		session.renew(t, testTTL)
		session.responses <- &pb.SessionResponse{Response: &pb.SessionResponse_LeaseNotice{LeaseNotice: &pb.LeaseNotice{
			LeaseId: "a", Type: pb.LeaseNotice_TYPE_ENDED, EndReason: pb.LeaseEndReason_LEASE_END_REASON_REVOKED}}}
		<-revoked.Done()
		wantEnd(t, revoked, "REVOKED")
		number, ids := session.renewal(t)
		results := []*pb.LeaseRenewal{{LeaseId: "b", Error: &spb.Status{Code: int32(codes.NotFound), Message: "gone"}}}
		if len(ids) != 2 {
			t.Errorf("renewed: %v", ids)
		}
		// The one that the answer leaves out is tried again.
		session.answer(number, results...)
		<-unknown.Done()
		wantEnd(t, unknown, "LEASE_NOT_FOUND")
		session.renew(t, testTTL)
		synctest.Wait()
		if kept.State() != Safe {
			t.Errorf("the other lease is %v", kept.State())
		}
	})
}

func TestARenewalThatIsAnsweredLateCountsFromWhenItWasSent(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		session := <-broker.sessions
		number, _ := session.renewal(t)
		time.Sleep(3 * time.Second)
		session.answer(number, &pb.LeaseRenewal{LeaseId: "a", Ttl: durationpb.New(testTTL)})
		synctest.Wait()
		if left := lease.Left(); left != 26680*time.Millisecond {
			t.Errorf("%v are left", left)
		}
	})
}

func TestADrainIsTold(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		session := <-broker.sessions
		session.renew(t, testTTL)
		changed := lease.Changed()
		session.responses <- &pb.SessionResponse{Response: &pb.SessionResponse_LeaseNotice{LeaseNotice: &pb.LeaseNotice{
			LeaseId: "a", Type: pb.LeaseNotice_TYPE_DRAIN_ASKED}}}
		<-changed
		if !lease.Draining() || lease.State() != Safe {
			t.Errorf("draining %v, %v", lease.Draining(), lease.State())
		}
	})
}

func TestALateAnswerCannotBringALostLeaseBack(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		<-lease.Done()
		keeper.mu.Lock()
		lease.track.Renewed(time.Now(), testTTL, 0)
		keeper.mu.Unlock()
		if lease.State() != Lost {
			t.Errorf("the lease is %v", lease.State())
		}
	})
}

func TestADroppedLeaseIsReleasedAndNothingRunsOn(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := keeper.lease(t, "a", testTTL)
		(<-broker.sessions).renew(t, testTTL)
		if state := keeper.drop(lease); state != Released {
			t.Errorf("dropped: %v", state)
		}
		<-lease.Done()
		var err *Error
		if !errors.As(lease.Err(), &err) || err.Reason != ReasonLeaseReleased {
			t.Errorf("the error is %v", lease.Err())
		}
		keeper.running.Wait()
		// And a later lease starts it again.
		keeper.lease(t, "b", testTTL)
		(<-broker.sessions).renew(t, testTTL)
	})
}
