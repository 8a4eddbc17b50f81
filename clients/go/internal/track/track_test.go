package track

import (
	"testing"
	"time"
)

const ttl = 30 * time.Second

var start = time.Now()

func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

func held() *Track { return Granted(start, ttl, ttl, 0) }

func wantState(t *testing.T, lease *Track, now time.Time, want State) {
	t.Helper()
	if got := lease.State(now); got != want {
		t.Errorf("after %v the state is %v, want %v", now.Sub(start), got, want)
	}
}

func wantLost(t *testing.T, lease *Track, reason string) {
	t.Helper()
	if end := lease.Ended(); end == nil || end.State != Lost || end.Reason != reason {
		t.Errorf("the end is %+v, want lost because of %s", end, reason)
	}
}

func TestAGrantCountsFromWhenTheRequestWasSentPlusTheWait(t *testing.T) {
	if got := GrantMoment(start, at(10), 4*time.Second); !got.Equal(at(4)) {
		t.Errorf("with a wait: %v", got.Sub(start))
	}
	if got := GrantMoment(start, at(1), 4*time.Second); !got.Equal(at(1)) {
		t.Errorf("a wait longer than the call is not believed: %v", got.Sub(start))
	}
	if got := GrantMoment(start, at(1), -time.Second); !got.Equal(start) {
		t.Errorf("a negative wait is none: %v", got.Sub(start))
	}
}

func TestARepeatedGrantLastsOnlyWhatIsLeft(t *testing.T) {
	lease := Granted(start, ttl, 6*time.Second, 0)
	if got := lease.Deadline(); !got.Equal(at(6)) {
		t.Errorf("deadline after %v", got.Sub(start))
	}
	if !lease.RenewalDue(start) {
		t.Error("its renewal is overdue")
	}
}

func TestARenewalIsDueAfterAThirdOfTheTTL(t *testing.T) {
	lease := held()
	if lease.RenewalDue(at(9.99)) || !lease.RenewalDue(at(10)) {
		t.Error("due at another time")
	}
	if early := Granted(start, ttl, ttl, 0.999); !early.RenewalDue(at(9.01)) || early.RenewalDue(at(8.99)) {
		t.Error("jitter makes it at most a tenth earlier")
	}
}

func TestALeaseIsInJeopardyThenLostBeforeItsDeadline(t *testing.T) {
	lease := held()
	wantState(t, lease, at(19.9), Safe)
	wantState(t, lease, at(20), Jeopardy)
	// 1 % of the TTL and 20 ms before.
	wantState(t, lease, at(29.67), Jeopardy)
	wantState(t, lease, at(29.68), Lost)
	wantLost(t, lease, DeadlinePassed)
}

func TestALostLeaseStaysLost(t *testing.T) {
	lease := held()
	lease.Sent(at(29))
	lease.Advance(at(29.9))
	lease.Renewed(at(29), ttl, 0)
	lease.EndWith(End{State: Released})
	wantState(t, lease, at(29.95), Lost)
}

func TestARenewalCountsFromWhenItWasSent(t *testing.T) {
	lease := held()
	lease.Sent(at(10))
	if lease.RenewalDue(at(15)) {
		t.Error("one is under way")
	}
	lease.Renewed(at(10), ttl, 0)
	if got := lease.Deadline(); !got.Equal(at(40)) {
		t.Errorf("deadline after %v", got.Sub(start))
	}
}

func TestAnOldAnswerSaysNothingNew(t *testing.T) {
	lease := held()
	lease.Renewed(at(10), ttl, 0)
	lease.Renewed(at(5), ttl, 0)
	if got := lease.Deadline(); !got.Equal(at(40)) {
		t.Errorf("deadline after %v", got.Sub(start))
	}
}

func TestAFailedRenewalIsDueAgainWhenItShallBe(t *testing.T) {
	lease := held()
	lease.Sent(at(10))
	lease.Failed(at(9), at(11))
	if lease.RenewalDue(at(12)) {
		t.Error("another one failed, not the one under way")
	}
	lease.Failed(at(10), at(11))
	if lease.RenewalDue(at(10.9)) || !lease.RenewalDue(at(11)) || lease.Failures() != 1 {
		t.Error("the retry is at another time")
	}
}

func TestAPausePutsALeaseIntoJeopardyUntilTheBrokerConfirms(t *testing.T) {
	lease := held()
	lease.Sent(at(4))
	lease.Paused(at(8), 3*time.Second)
	wantState(t, lease, at(8), Jeopardy)
	if !lease.RenewalDue(at(8)) {
		t.Error("a renewal is due at once")
	}
	lease.Renewed(at(4), ttl, 0)
	wantState(t, lease, at(8.1), Jeopardy)
	lease.Renewed(at(8.1), ttl, 0)
	wantState(t, lease, at(8.2), Safe)
}

func TestAShortPauseIsNone(t *testing.T) {
	lease := held()
	lease.Paused(at(8), 2900*time.Millisecond)
	wantState(t, lease, at(8), Safe)
}

func TestAfterAPausePastTheDeadlineTheBrokerDecides(t *testing.T) {
	lease := held()
	lease.Paused(at(50), 45*time.Second)
	wantState(t, lease, at(50), Jeopardy)
	if got := lease.LostAt(); !got.Equal(at(60)) {
		t.Errorf("lost after %v", got.Sub(start))
	}
	lease.Sent(at(50))
	lease.Renewed(at(50), ttl, 0)
	wantState(t, lease, at(51), Safe)
}

func TestAfterAPausePastTheDeadlineSilenceMeansLost(t *testing.T) {
	lease := held()
	lease.Paused(at(50), 45*time.Second)
	wantState(t, lease, at(59.9), Jeopardy)
	wantState(t, lease, at(60), Lost)
	wantLost(t, lease, Unconfirmed)
}

func TestALookPastTheDeadlineIsAPauseUnlessRenewalsFailedBefore(t *testing.T) {
	unheard := held()
	wantState(t, unheard, at(31), Jeopardy)
	failing := held()
	failing.Sent(at(10))
	failing.Failed(at(10), at(11))
	wantState(t, failing, at(31), Lost)
	wantLost(t, failing, DeadlinePassed)
}

func TestTheNextMomentIsTheNearestToCome(t *testing.T) {
	lease := held()
	for _, step := range []struct{ now, want float64 }{{0, 10}, {10, 20}, {20, 29.68}} {
		if got := lease.Next(at(step.now)); !got.Equal(at(step.want)) {
			t.Errorf("after %vs the next is after %v, want %vs", step.now, got.Sub(start), step.want)
		}
	}
	lease.EndWith(End{State: Released})
	if !lease.Next(at(1)).IsZero() {
		t.Error("nothing is to come of a lease that has ended")
	}
}

func TestAVeryShortTTLKeepsTheMomentsInOrder(t *testing.T) {
	lease := Granted(start, 10*time.Millisecond, 10*time.Millisecond, 0)
	wantState(t, lease, start.Add(4*time.Millisecond), Safe)
	wantState(t, lease, start.Add(5*time.Millisecond), Lost)
}
