package portlease

// Keeps all leases of a client alive over one session, from one goroutine that runs while there are leases: sends renewals in batches
// when they are due. What a lease may believe is internal/track; what answers do to it is answers.go; the stream is session.go.

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/portlease/portlease/clients/go/internal/backoff"
	"github.com/portlease/portlease/clients/go/internal/pause"
	"github.com/portlease/portlease/clients/go/internal/track"
	pb "github.com/portlease/portlease/clients/go/portleasev1"
)

type keeper struct {
	open    openSession
	address string
	log     *slog.Logger
	// random is from 0 to below 1, for jitter.
	random func() float64

	ctx    context.Context
	cancel context.CancelFunc
	// wake tells the loop that something is due earlier than it sleeps.
	wake   chan struct{}
	events chan sessionEvent
	// running are the loop and the streams.
	running sync.WaitGroup

	mu      sync.Mutex
	leases  map[string]*Lease
	looping bool
	closed  bool
	pauses  *pause.Detector
	session *session
	pending map[uint64]*pendingRenewal
	// How many sessions ended in a row without a word of the broker, and when to try the next.
	failures      int
	reconnectAt   time.Time
	requestNumber uint64
}

// pendingRenewal is one RenewLeases message under way.
type pendingRenewal struct {
	leases []*Lease
	sent   time.Time
	// A session that has not answered by then is given up.
	answerBy time.Time
}

func newKeeper(open openSession, address string, log *slog.Logger, random func() float64) *keeper {
	ctx, cancel := context.WithCancel(context.Background())
	return &keeper{
		open:    open,
		address: address,
		log:     log,
		random:  random,
		ctx:     ctx,
		cancel:  cancel,
		wake:    make(chan struct{}, 1),
		events:  make(chan sessionEvent),
		leases:  map[string]*Lease{},
		pauses:  pause.New(time.Now()),
		pending: map[uint64]*pendingRenewal{},
	}
}

// keep renews the lease until it ends or is dropped. The first renewal follows at once: it subscribes to news of the lease.
// False when the client is closed.
func (k *keeper) keep(lease *Lease) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return false
	}
	if !k.looping {
		// The time without leases was no pause; one before the loop has begun is.
		k.pauses = pause.New(time.Now())
		k.pauses.Expect(time.Now())
		k.looping = true
		k.reconnectAt, k.failures = time.Time{}, 0
		k.running.Go(k.loop)
	}
	now := k.now()
	k.leases[lease.grant.id] = lease
	lease.track.RenewBy(now.Add(gather))
	k.wakeUp()
	return true
}

// drop stops renewing a lease that its holder gives back, and returns what it is then: Released, or Lost if it was that already.
func (k *keeper) drop(lease *Lease) State {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	lease.look(now)
	lease.track.EndWith(track.End{State: track.Released})
	lease.look(now)
	k.wakeUp()
	return lease.state
}

// closing refuses new leases and returns those that are held.
func (k *keeper) closing() []*Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	leases := make([]*Lease, 0, len(k.leases))
	for _, lease := range k.leases {
		leases = append(leases, lease)
	}
	return leases
}

// close ends the goroutines and waits for them.
func (k *keeper) close() {
	k.cancel()
	k.running.Wait()
}

func (k *keeper) wakeUp() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeper) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		next, ok := k.settle()
		if !ok {
			return
		}
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-k.wake:
		case event := <-k.events:
			k.received(event)
		case <-k.ctx.Done():
		}
	}
}

// now is the time, after every lease was told of a pause that ended just now. Every way into the keeper begins here, with the mutex.
func (k *keeper) now() time.Time {
	now := time.Now()
	paused := k.pauses.Runs(now)
	if paused == 0 {
		return now
	}
	if paused >= pulse {
		k.log.Warn("this process did not run for a while", "paused", paused)
	}
	// The broker had no chance to be heard meanwhile.
	for _, renewal := range k.pending {
		renewal.answerBy = renewal.answerBy.Add(paused)
	}
	for _, lease := range k.leases {
		lease.track.Paused(now, paused)
	}
	return now
}

// settle forgets leases that have ended, sends what is due, and returns the next moment that matters; false when nothing is left to
// do and the loop is over.
func (k *keeper) settle() (time.Time, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	for id, lease := range k.leases {
		lease.look(now)
		if lease.track.Ended() != nil {
			delete(k.leases, id)
		}
	}
	if len(k.leases) == 0 || k.ctx.Err() != nil {
		k.dropSession()
		clear(k.pending)
		k.looping = false
		return time.Time{}, false
	}
	k.tendSession(now)
	k.sendDue(now)
	next := now.Add(pulse)
	sooner := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	for _, lease := range k.leases {
		// A renewal that is due while the broker is away waits for the session, not for a timer.
		sooner(lease.track.Next(now))
	}
	for _, renewal := range k.pending {
		sooner(renewal.answerBy)
	}
	if k.session == nil {
		sooner(k.reconnectAt)
	} else {
		sooner(k.session.closeBy)
	}
	k.pauses.Expect(next)
	return next, true
}

// tendSession gives up a session that does not answer or does not close, and opens one where there is none.
func (k *keeper) tendSession(now time.Time) {
	if k.session != nil {
		overdue := !k.session.closeBy.IsZero() && !now.Before(k.session.closeBy)
		for _, renewal := range k.pending {
			overdue = overdue || !now.Before(renewal.answerBy)
		}
		if overdue {
			k.sessionEnded(nil, now)
		}
	}
	if k.session != nil || now.Before(k.reconnectAt) {
		return
	}
	k.session = startSession(k.ctx, k.open, k.events, &k.running)
	// Also what is not due: the broker sends news of a lease only on the session that renewed it.
	for _, lease := range k.leases {
		lease.track.RenewBy(now)
	}
}

func (k *keeper) dropSession() {
	if k.session != nil {
		k.session.cancel()
		k.session = nil
	}
}

// sessionEnded counts what was under way as failed. failure is nil when the broker ended the session in order or was silent.
func (k *keeper) sessionEnded(failure *Error, now time.Time) {
	k.dropSession()
	k.failures++
	wait := backoff.After(k.failures, k.random(), retryMax(k.shortestTTL()))
	k.reconnectAt = now.Add(wait)
	reason := "CLOSED"
	if failure != nil {
		reason = failure.Reason
	}
	k.log.Info("the session with the broker ended; leases go on, connecting again", "reason", reason, "retry_in", wait)
	for number, renewal := range k.pending {
		delete(k.pending, number)
		for _, lease := range renewal.leases {
			if failure != nil {
				lease.lastFailure = failure
			}
			lease.track.Failed(renewal.sent, now)
		}
	}
}

func (k *keeper) sendDue(now time.Time) {
	if k.session == nil || !k.session.closeBy.IsZero() {
		return
	}
	anyDue := false
	for _, lease := range k.leases {
		anyDue = anyDue || lease.track.RenewalDue(now)
	}
	if !anyDue {
		return
	}
	var due []*Lease
	for _, lease := range k.leases {
		if lease.track.RenewalDue(now.Add(takeAlong(lease.track.TTL()))) {
			due = append(due, lease)
		}
	}
	for len(due) > 0 {
		count := min(len(due), renewalsPerMessageMax)
		k.send(due[:count:count], now)
		due = due[count:]
	}
}

func (k *keeper) send(leases []*Lease, now time.Time) {
	renewals := make([]*pb.RenewLeaseRequest, len(leases))
	for i, lease := range leases {
		renewals[i] = &pb.RenewLeaseRequest{LeaseId: lease.grant.id, HolderKey: lease.grant.holderKey}
	}
	request := &pb.SessionRequest{
		RequestNumber: k.requestNumber + 1,
		Request:       &pb.SessionRequest_RenewLeases{RenewLeases: &pb.RenewLeases{Leases: renewals}},
	}
	if !k.session.send(request) {
		return
	}
	k.requestNumber++
	k.pending[k.requestNumber] = &pendingRenewal{leases: leases, sent: now, answerBy: now.Add(answerMax(k.shortestTTL()))}
	for _, lease := range leases {
		lease.track.Sent(now)
	}
}

func (k *keeper) shortestTTL() time.Duration {
	var shortest time.Duration
	for _, lease := range k.leases {
		if ttl := lease.track.TTL(); shortest == 0 || ttl < shortest {
			shortest = ttl
		}
	}
	return shortest
}
