package portlease

// A lease as the application holds it: its facts, its state, and its end. Renewing is keeper.go, the sockets are listen.go.

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/portlease/portlease/clients/go/internal/track"
	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
)

// State is what a holder may rely on at a moment.
type State int

const (
	// Safe: the port is yours, and renewals are in time.
	Safe = State(track.Safe)
	// Jeopardy: yours as far as is known, but less than a third of the TTL is left without a renewal, or this process was paused
	// and the broker has not confirmed the lease since. Goes back to Safe or on to Lost.
	Jeopardy = State(track.Jeopardy)
	// Lost: not yours any more. Final. Comes before the broker may lease the port to somebody else.
	Lost = State(track.Lost)
	// Released: you gave it back. Final.
	Released = State(track.Released)
)

// String returns "safe", "jeopardy", "lost" or "released".
func (s State) String() string {
	names := [...]string{"safe", "jeopardy", "lost", "released"}
	if s < 0 || int(s) >= len(names) {
		return "State(" + strconv.Itoa(int(s)) + ")"
	}
	return names[s]
}

// How long Release and Close try to tell the broker where the context does not end earlier.
const releaseTimeout = 2 * time.Second

// A Lease is the exclusive right to one port, or to a run of consecutive ports, in one or both protocols. It is renewed by itself
// until it is released. It is safe for concurrent use.
type Lease struct {
	client      *Client
	keeper      *keeper
	grant       grant
	closeOnLost bool
	done        chan struct{}
	release     sync.Mutex
	// told is set when the broker knows of the release; release guards it.
	told bool

	// The keeper's mutex guards the rest.
	track        *track.Track
	reservations []*pb.PortReservation
	state        State
	changed      chan struct{}
	draining     bool
	err          error
	lastFailure  *Error
	closers      []io.Closer
}

func newLease(client *Client, grant grant, granted *track.Track, reservations []*pb.PortReservation, closeOnLost bool) *Lease {
	return &Lease{
		client:       client,
		keeper:       client.keeper,
		grant:        grant,
		closeOnLost:  closeOnLost,
		done:         make(chan struct{}),
		track:        granted,
		reservations: reservations,
		changed:      make(chan struct{}),
	}
}

// ID is the lease's public name.
func (l *Lease) ID() string { return l.grant.id }

// Pool is the pool the port came from.
func (l *Lease) Pool() string { return l.grant.pool }

// Protocol is the protocol of the port.
func (l *Lease) Protocol() Protocol { return l.grant.protocol }

// Port is the port, or the first one of a run.
func (l *Lease) Port() int { return l.grant.firstPort }

// Ports are all ports, rising.
func (l *Lease) Ports() []int {
	ports := make([]int, l.grant.portCount)
	for i := range ports {
		ports[i] = l.grant.firstPort + i
	}
	return ports
}

// Generation rises each time a port is leased again. Hand it to what you call, so that a late writer with an older one is refused.
func (l *Lease) Generation() uint64 { return l.grant.generation }

// HolderKey is secret: whoever has it can release the lease or take its socket. Never log it; nothing here shows it by itself.
func (l *Lease) HolderKey() string { return l.grant.holderKey }

// String shows what may be shown to anybody.
func (l *Lease) String() string {
	return fmt.Sprintf("lease %s of port %d (%v, %v)", l.grant.id, l.grant.firstPort, l.grant.protocol, l.State())
}

// GoString is String, so that %#v does not show the holder key.
func (l *Lease) GoString() string { return l.String() }

// TTL is the time to live that the broker granted last.
func (l *Lease) TTL() time.Duration {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	return l.track.TTL()
}

// State is what may be relied on at this moment.
func (l *Lease) State() State {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	l.look(l.keeper.now())
	return l.state
}

// Left is how long until the lease is lost unless the broker renews it; 0 once it has ended.
func (l *Lease) Left() time.Duration {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	now := l.keeper.now()
	l.look(now)
	if l.track.Ended() != nil {
		return 0
	}
	return max(0, l.track.LostAt().Sub(now))
}

// Draining says whether the operator takes the port's block out of use: move to another lease when convenient. Changed tells.
func (l *Lease) Draining() bool {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	return l.draining
}

// Changed returns a channel that is closed when State or Draining changes next. Take the channel first and look at State after it,
// so that no change is missed.
func (l *Lease) Changed() <-chan struct{} {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	return l.changed
}

// Done is closed when the lease is lost or released; Err says which.
func (l *Lease) Done() <-chan struct{} { return l.done }

// Err is nil while the lease is held. Afterwards it is an *Error: LEASE_RELEASED, or LEASE_LOST with the cause in
// Metadata["lost_reason"]: DEADLINE_PASSED, UNCONFIRMED (paused past the deadline, then no answer), LEASE_NOT_FOUND,
// HOLDER_KEY_MISMATCH, RELEASED (by somebody else), EXPIRED, REVOKED, HOLDER_EXITED, NEVER_BOUND, PORT_LOST or CALLER_GONE.
func (l *Lease) Err() error {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	l.look(l.keeper.now())
	return l.err
}

// Release gives the port back and stops renewing. Close what listens on it first: a port that is still bound is leased to nobody.
// Idempotent; no-op for a lost lease. It tries to tell the broker for at most two seconds; on an error the lease runs out by its TTL,
// and may be released again.
func (l *Lease) Release(ctx context.Context) error {
	l.release.Lock()
	defer l.release.Unlock()
	if l.told || l.keeper.drop(l) == Lost {
		return nil
	}
	if l.client.disconnected.Load() {
		return clientClosed()
	}
	// Close itself releases, so its closing is no reason to give up.
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	request := &pb.ReleaseLeaseRequest{LeaseId: l.grant.id, HolderKey: l.grant.holderKey, AllowMissing: true}
	err := l.client.retry(ctx, func() *Error {
		if _, err := l.client.rpc.ReleaseLease(ctx, request); err != nil {
			return errorOfCall(ctx, err, l.client.settings.address)
		}
		return nil
	})
	l.told = err == nil
	return err
}

// look applies the time, and tells of what has changed by it or by what was done to the track. The keeper's mutex is held.
func (l *Lease) look(now time.Time) {
	state := State(l.track.State(now))
	if state == l.state {
		return
	}
	l.state = state
	log := l.keeper.log.With("lease_id", l.grant.id, "port", l.grant.firstPort)
	switch state {
	case Jeopardy:
		log.Warn("a lease is in jeopardy", "left", l.track.LostAt().Sub(now))
	case Lost:
		l.err = l.lostError()
		log.Warn("a lease is lost", "reason", l.track.Ended().Reason)
		if l.closeOnLost {
			// At once: each connection that is accepted from now on may be meant for somebody else.
			for _, closer := range l.closers {
				closer.Close()
			}
		}
		close(l.done)
	case Released:
		l.err = newError(codes.FailedPrecondition, ReasonLeaseReleased, l.facts(), nil,
			"lease %s of port %d was released", l.grant.id, l.grant.firstPort)
		close(l.done)
	}
	l.tellChanged()
}

func (l *Lease) tellChanged() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Lease) lostError() *Error {
	end := l.track.Ended()
	metadata := l.facts()
	metadata["lost_reason"] = end.Reason
	var cause error
	why := end.Message
	// Silence has a cause that is worth telling; what the broker says needs none.
	if l.lastFailure != nil && (end.Reason == track.DeadlinePassed || end.Reason == track.Unconfirmed) {
		cause = l.lastFailure
		why += "; the last try failed: " + l.lastFailure.message
	}
	return newError(codes.FailedPrecondition, ReasonLeaseLost, metadata, cause,
		"lease %s of port %d is lost: %s. The port may be somebody else's: stop using it and acquire another lease",
		l.grant.id, l.grant.firstPort, why)
}

func (l *Lease) facts() map[string]string {
	return map[string]string{"lease_id": l.grant.id, "port": strconv.Itoa(l.grant.firstPort)}
}
