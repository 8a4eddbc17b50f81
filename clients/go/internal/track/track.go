// Package track is what a client may believe of one lease: a state machine without a clock, timers or I/O. Every method takes the
// time, of time.Now with its monotonic clock. Sending renewals is the keeper's.
package track

import "time"

// State is what a holder may rely on.
type State int

const (
	// Safe: the port is the holder's, and renewals are in time.
	Safe State = iota
	// Jeopardy: the holder's as far as is known, but renewals are overdue, or the process was paused and the broker has not
	// confirmed the lease since.
	Jeopardy
	// Lost: not the holder's any more. Final.
	Lost
	// Released: given back. Final.
	Released
)

// Reasons of Lost that the client finds by itself.
const (
	// DeadlinePassed: no renewal came through before the deadline.
	DeadlinePassed = "DEADLINE_PASSED"
	// Unconfirmed: the process was paused past the deadline, and then no answer of the broker came in time.
	Unconfirmed = "UNCONFIRMED"
)

// An End says how a lease ended.
type End struct {
	// State is Lost or Released.
	State State
	// Reason is a stable word, Message the same for people; both are empty when released.
	Reason, Message string
}

// A Track is one lease as its client knows it. It is not safe for concurrent use.
type Track struct {
	ttl      time.Duration
	renewed  time.Time
	deadline time.Time
	renewAt  time.Time
	// inFlight is when the renewal under way was sent; zero when none is.
	inFlight time.Time
	failures int
	// Set after a pause of the process until the broker confirms the lease.
	doubted              bool
	doubtSince, doubtEnd time.Time
	end                  *End
}

// Granted is a lease that was just granted. at is the earliest moment of the grant (GrantMoment); left is how long the lease lasts
// from there, which is less than the TTL when the answer to an earlier try is repeated. random is from 0 to below 1.
func Granted(at time.Time, ttl, left time.Duration, random float64) *Track {
	from := at.Add(left - ttl)
	return &Track{ttl: ttl, renewed: from, deadline: at.Add(left), renewAt: renewMoment(from, ttl, random)}
}

// TTL is the time to live that the broker granted last.
func (t *Track) TTL() time.Duration { return t.ttl }

// Deadline is when the broker may give the port to somebody else.
func (t *Track) Deadline() time.Time { return t.deadline }

// Failures is how many renewals in a row failed.
func (t *Track) Failures() int { return t.failures }

// Ended is how the lease ended, nil while it has not.
func (t *Track) Ended() *End { return t.end }

// Advance lets time pass: the lease may be lost by it.
func (t *Track) Advance(now time.Time) {
	if t.end != nil || now.Before(t.lostAt()) {
		return
	}
	if now.Before(t.deadline) {
		t.lose(DeadlinePassed, "no renewal came through before the lease's deadline")
		return
	}
	// A client that runs has seen the moment above. So this one did not run, and only the broker can say what became of the lease.
	if t.doubted && !t.doubtSince.Before(t.deadline) {
		if !now.Before(t.doubtEnd) {
			t.lose(Unconfirmed, "this process was paused past the lease's deadline, and no answer of the broker came in time after it")
		}
		return
	}
	// Renewals failed before a short stall: that is an unreachable broker, and no reason to hope longer.
	if t.failures > 0 && !t.doubted {
		t.lose(DeadlinePassed, "no renewal came through before the lease's deadline")
		return
	}
	t.doubt(now)
}

// Paused says that the process did not run for that long up to now: the lease is in jeopardy, and a renewal is due at once whose
// answer decides. No-op for a pause that is short against the TTL, and for a lease that has ended.
func (t *Track) Paused(now time.Time, pause time.Duration) {
	if t.end == nil && pause >= share(t.ttl, pauseShare) {
		t.doubt(now)
	}
}

// RenewBy makes a renewal due at that time at the latest.
func (t *Track) RenewBy(at time.Time) {
	if at.Before(t.renewAt) {
		t.renewAt = at
	}
}

// Sent says that a renewal was sent.
func (t *Track) Sent(now time.Time) { t.inFlight = now }

// Renewed says that the broker renewed the lease. No-op for a lease that has ended: what was called lost stays lost.
func (t *Track) Renewed(sent time.Time, ttl time.Duration, random float64) {
	if t.end != nil {
		return
	}
	if t.inFlight.Equal(sent) {
		t.inFlight = time.Time{}
	}
	// An older renewal that is answered late says less than what is known already. The newest one counts even when it shortens.
	if sent.Before(t.renewed) {
		return
	}
	t.ttl, t.renewed, t.deadline = ttl, sent, sent.Add(ttl)
	t.renewAt, t.failures = renewMoment(sent, ttl, random), 0
	// Only a renewal that was sent after the pause proves anything about it: the clock may have stood still.
	if t.doubted && !sent.Before(t.doubtSince) {
		t.doubted = false
	}
}

// Failed says that a renewal had no success for a reason that may pass. No-op unless it is the one under way.
func (t *Track) Failed(sent, retryAt time.Time) {
	if t.end != nil || t.inFlight.IsZero() || !t.inFlight.Equal(sent) {
		return
	}
	t.inFlight, t.renewAt = time.Time{}, retryAt
	t.failures++
}

// EndWith says that the lease has ended. The first end counts.
func (t *Track) EndWith(end End) {
	if t.end == nil {
		t.end, t.inFlight = &end, time.Time{}
	}
}

// State is the state at this moment.
func (t *Track) State(now time.Time) State {
	t.Advance(now)
	switch {
	case t.end != nil:
		return t.end.State
	case t.doubted || !now.Before(t.jeopardyAt()):
		return Jeopardy
	default:
		return Safe
	}
}

// RenewalDue says whether a renewal is due at or before that time.
func (t *Track) RenewalDue(until time.Time) bool {
	return t.end == nil && t.inFlight.IsZero() && !t.renewAt.After(until)
}

// Next is the next moment after now at which the lease changes by time alone, or its next renewal falls due; zero when nothing is
// to come. A renewal that is due already is not told again: ask RenewalDue.
func (t *Track) Next(now time.Time) time.Time {
	if t.end != nil {
		return time.Time{}
	}
	moments := []time.Time{t.jeopardyAt(), t.lostAt()}
	if t.inFlight.IsZero() {
		moments = append(moments, t.renewAt)
	}
	if t.doubted {
		moments = append(moments, t.doubtEnd)
	}
	var next time.Time
	for _, at := range moments {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// LostAt is when the lease is lost unless it is renewed.
func (t *Track) LostAt() time.Time {
	if t.doubted && t.doubtEnd.After(t.lostAt()) && !t.doubtSince.Before(t.deadline) {
		return t.doubtEnd
	}
	return t.lostAt()
}

func (t *Track) lostAt() time.Time { return t.deadline.Add(-margin(t.ttl)) }

func (t *Track) jeopardyAt() time.Time {
	return t.deadline.Add(-max(share(t.ttl, jeopardyLeftShare), margin(t.ttl)))
}

func (t *Track) lose(reason, message string) {
	t.EndWith(End{State: Lost, Reason: reason, Message: message})
}

func (t *Track) doubt(now time.Time) {
	t.doubted, t.doubtSince, t.doubtEnd = true, now, now.Add(share(t.ttl, doubtShare))
	// What was under way before the pause may never be answered, so it does not hold up the renewal that decides.
	t.renewAt, t.inFlight = now, time.Time{}
}
