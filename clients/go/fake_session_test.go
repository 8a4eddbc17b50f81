package portlease

// A broker's end of the session, played by a test inside a synctest bubble.

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portlease/portlease/clients/go/internal/track"
	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

type fakeBroker struct {
	// sessions are those that were opened.
	sessions chan *fakeSession
	// refuses fails every open.
	refuses atomic.Bool
	opened  atomic.Int32
}

func (b *fakeBroker) open(ctx context.Context) (sessionStream, error) {
	b.opened.Add(1)
	if b.refuses.Load() {
		return nil, status.Error(codes.Unavailable, "connection refused")
	}
	session := &fakeSession{
		ctx:       ctx,
		sent:      make(chan *pb.SessionRequest, 100),
		responses: make(chan *pb.SessionResponse),
		broken:    make(chan error, 1),
	}
	b.sessions <- session
	return session, nil
}

type fakeSession struct {
	ctx       context.Context
	sent      chan *pb.SessionRequest
	responses chan *pb.SessionResponse
	broken    chan error
}

func (s *fakeSession) Send(request *pb.SessionRequest) error {
	s.sent <- request
	return nil
}

func (s *fakeSession) CloseSend() error {
	s.broken <- io.EOF
	return nil
}

func (s *fakeSession) Recv() (*pb.SessionResponse, error) {
	select {
	case response := <-s.responses:
		return response, nil
	case err := <-s.broken:
		return nil, err
	case <-s.ctx.Done():
		return nil, status.FromContextError(s.ctx.Err()).Err()
	}
}

// renewal is the next RenewLeases, which must come without more time passing than the client wants.
func (s *fakeSession) renewal(t *testing.T) (uint64, []string) {
	t.Helper()
	request := <-s.sent
	var ids []string
	for _, lease := range request.GetRenewLeases().GetLeases() {
		ids = append(ids, lease.GetLeaseId())
	}
	return request.GetRequestNumber(), ids
}

func (s *fakeSession) renew(t *testing.T, ttl time.Duration) {
	t.Helper()
	number, ids := s.renewal(t)
	results := make([]*pb.LeaseRenewal, len(ids))
	for i, id := range ids {
		results[i] = &pb.LeaseRenewal{LeaseId: id, Ttl: durationpb.New(ttl)}
	}
	s.answer(number, results...)
}

func (s *fakeSession) answer(number uint64, results ...*pb.LeaseRenewal) {
	s.responses <- &pb.SessionResponse{RequestNumber: number, Response: &pb.SessionResponse_RenewLeases{
		RenewLeases: &pb.RenewLeasesResult{Leases: results}}}
}

// withKeeper runs a test on virtual time, and fails it when goroutines are left.
func withKeeper(t *testing.T, run func(t *testing.T, broker *fakeBroker, keeper *keeper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{sessions: make(chan *fakeSession, 1000)}
		keeper := newKeeper(broker.open, "test", slog.New(slog.DiscardHandler), func() float64 { return 0 })
		run(t, broker, keeper)
		keeper.close()
	})
}

func (k *keeper) lease(t *testing.T, id string, ttl time.Duration) *Lease {
	t.Helper()
	return k.leaseOn(t, grant{id: id, holderKey: "key of " + id, firstPort: 20_000, portCount: 1}, ttl, nil)
}

func (k *keeper) leaseOn(t *testing.T, grant grant, ttl time.Duration, reservations []*pb.PortReservation) *Lease {
	t.Helper()
	client := &Client{keeper: k}
	lease := newLease(client, grant, track.Granted(time.Now(), ttl, ttl, 0), reservations, false)
	if !k.keep(lease) {
		t.Fatal("the keeper is closed")
	}
	return lease
}

func wantEnd(t *testing.T, lease *Lease, reason string) {
	t.Helper()
	var err *Error
	if !errors.As(lease.Err(), &err) || err.Reason != ReasonLeaseLost || err.Metadata["lost_reason"] != reason {
		t.Errorf("the lease ended with %v (%+v), want %s", lease.Err(), err, reason)
	}
}
