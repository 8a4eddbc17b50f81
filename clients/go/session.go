package portlease

// One Session stream to the broker, with the goroutines that read and write it. Connecting again is the keeper's.

import (
	"context"
	"sync"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
)

// sessionStream is the stream as far as it is used here.
type sessionStream interface {
	Send(*pb.SessionRequest) error
	Recv() (*pb.SessionResponse, error)
	CloseSend() error
}

// openSession opens a stream, which ends with ctx. It may block until the broker is reached.
type openSession func(ctx context.Context) (sessionStream, error)

// sessionEvent is what came over a session, or (response is nil) how it ended.
type sessionEvent struct {
	session  *session
	response *pb.SessionResponse
	err      error
}

type session struct {
	ctx      context.Context
	cancel   context.CancelFunc
	outgoing chan *pb.SessionRequest
	// closeBy is set once the broker asked us to leave: answers still come, nothing more is sent. The keeper's mutex guards it.
	closeBy time.Time
}

// Far more messages than are under way at a time: a renewal of 1,000 leases is one.
const outgoingMax = 64

// startSession returns at once; what is sent before the broker is reached waits. The goroutines end when the stream does or ctx.
func startSession(ctx context.Context, open openSession, events chan<- sessionEvent, running *sync.WaitGroup) *session {
	ctx, cancel := context.WithCancel(ctx)
	started := &session{ctx: ctx, cancel: cancel, outgoing: make(chan *pb.SessionRequest, outgoingMax)}
	running.Go(func() {
		defer cancel()
		err := started.run(open, events, running)
		started.tell(events, sessionEvent{session: started, err: err})
	})
	return started
}

func (s *session) run(open openSession, events chan<- sessionEvent, running *sync.WaitGroup) error {
	stream, err := open(s.ctx)
	if err != nil {
		return err
	}
	running.Go(func() { s.write(stream) })
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		s.tell(events, sessionEvent{session: s, response: response})
	}
}

// write is a goroutine of its own because a broker that has stopped reading may block it: the keeper then cancels the stream.
func (s *session) write(stream sessionStream) {
	for {
		select {
		case request, more := <-s.outgoing:
			if !more {
				// Recv tells whatever goes wrong.
				_ = stream.CloseSend()
				return
			}
			if stream.Send(request) != nil {
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

func (s *session) tell(events chan<- sessionEvent, event sessionEvent) {
	select {
	case events <- event:
	case <-s.ctx.Done():
	}
}

// send never blocks; false when the session takes nothing more at present.
func (s *session) send(request *pb.SessionRequest) bool {
	select {
	case s.outgoing <- request:
		return true
	default:
		return false
	}
}

// leave says that nothing more comes; answers under way still arrive, then the broker closes.
func (s *session) leave(now time.Time) {
	if s.closeBy.IsZero() {
		s.closeBy = now.Add(closeGrace)
		close(s.outgoing)
	}
}
