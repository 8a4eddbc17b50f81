package portlease

// The client of one broker: acquires leases, keeps them over one session, and gives them back.

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/portlease/portlease/clients/go/internal/track"
	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
)

// A Client acquires leases of one broker. One per process is enough; it is safe for concurrent use. Nothing is connected before the
// first Acquire.
type Client struct {
	settings settings
	conn     *grpc.ClientConn
	rpc      pb.LeaseServiceClient
	keeper   *keeper
	closing  context.Context
	close    context.CancelCauseFunc
	// unknownProcess is set once the broker saw another process: process ids do not change while a process runs.
	unknownProcess atomic.Bool
	disconnected   atomic.Bool
	closeOnce      sync.Once
	closeErr       error
}

// NewClient makes a client. Errors are of reason OPTION_INVALID: files that cannot be read, a token that would go to another host in
// clear text, an address that cannot be used.
func NewClient(options ...Option) (*Client, error) {
	settings := newSettings(options)
	if isPipe(settings.address) {
		return nil, optionInvalid("address", nil, "the address %s is a named pipe, which this client cannot connect to. Give the "+
			"broker's TCP address, or start the broker with one", settings.address)
	}
	access, err := newAccess(settings.address, settings)
	if err != nil {
		return nil, err
	}
	dial := []grpc.DialOption{
		grpc.WithTransportCredentials(access.transport),
		// The broker is on this host; a proxy of the environment could only get in the way.
		grpc.WithNoProxy(),
		// A broker that restarts is back in a second; the defaults of gRPC (1 s to 120 s) would outlast a lease.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		// A connection may go silent without an end; without pings every call would wait on it until the system gives it up, which
		// takes a quarter of an hour. https://github.com/grpc/grpc/blob/master/doc/keepalive.md
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
	}
	if access.token != nil {
		dial = append(dial, grpc.WithPerRPCCredentials(access.token))
	}
	conn, err := grpc.NewClient(settings.address, append(dial, settings.dialOptions...)...)
	if err != nil {
		return nil, optionInvalid("address", err, "the broker at %s cannot be called: %v", settings.address, err)
	}
	client := &Client{settings: settings, conn: conn, rpc: pb.NewLeaseServiceClient(conn)}
	client.closing, client.close = context.WithCancelCause(context.Background())
	client.keeper = newKeeper(func(ctx context.Context) (sessionStream, error) {
		stream, err := client.rpc.Session(ctx)
		if err != nil {
			return nil, err
		}
		return stream, nil
	}, settings.address, settings.log, mathrand.Float64)
	return client, nil
}

// Address is the broker's address.
func (c *Client) Address() string { return c.settings.address }

// Acquire leases a port and keeps it until it is released. It waits for a broker that is away or still starting, until ctx ends or
// the client's acquire timeout has passed. Cancelling ctx afterwards changes nothing. A lease that was granted in the moment in which
// ctx ended runs out by its TTL.
//
// Reasons: BROKER_UNREACHABLE, BROKER_TIMEOUT, CALL_ABORTED, CLIENT_CLOSED, OPTION_INVALID, BROKER_ANSWER_INVALID, LEASE_LOST (the
// answer took nearly the whole TTL), or what the broker refuses with (POOL_FULL, PORT_LEASED, TTL_OUT_OF_RANGE...).
func (c *Client) Acquire(ctx context.Context, options AcquireOptions) (*Lease, error) {
	requestID := options.RequestID
	if requestID == "" {
		requestID = rand.Text()
	}
	ctx, done := c.callContext(ctx, c.settings.acquireTimeout+options.MaxWait)
	defer done()
	var lease *Lease
	err := c.retry(ctx, func() *Error {
		response, sent, err := c.ask(ctx, options, requestID)
		if err != nil {
			return err
		}
		lease, err = c.keep(response, sent, options)
		return err
	})
	if err != nil && c.closing.Err() != nil {
		// Whatever the connection says of its end.
		return nil, clientClosed()
	}
	if err != nil {
		return nil, err
	}
	return lease, nil
}

// ask calls the broker, once more without naming this process where the broker cannot know it.
func (c *Client) ask(ctx context.Context, options AcquireOptions, requestID string) (*pb.AcquireLeaseResponse, time.Time, *Error) {
	claim := options.ProcessClaim == ClaimAlways ||
		options.ProcessClaim == ClaimWherePossible && !c.unknownProcess.Load()
	processID := 0
	if claim {
		processID = os.Getpid()
	}
	request, err := options.request(requestID, processID)
	if err != nil {
		return nil, time.Time{}, asError(err)
	}
	sent := time.Now()
	response, err := c.rpc.AcquireLease(ctx, request)
	if err == nil {
		return response, sent, nil
	}
	refused := errorOfCall(ctx, err, c.settings.address)
	// With process ids of its own a container names a process that the broker knows by another id.
	if refused.Reason != "NOT_YOUR_PROCESS" || !claim || options.ProcessClaim == ClaimAlways {
		return nil, sent, refused
	}
	c.unknownProcess.Store(true)
	return c.ask(ctx, options, requestID)
}

func (c *Client) keep(response *pb.AcquireLeaseResponse, sent time.Time, options AcquireOptions) (*Lease, *Error) {
	grant, times, err := readGrant(response)
	if err != nil {
		return nil, asError(err)
	}
	now := time.Now()
	granted := track.Granted(track.GrantMoment(sent, now, times.wait), times.ttl, times.left, mathrand.Float64())
	if granted.State(now) == track.Lost {
		return nil, newError(codes.FailedPrecondition, ReasonLeaseLost, nil, nil,
			"the broker's answer took nearly the whole TTL of %v, so the lease is lost already. Acquire another one", times.ttl)
	}
	lease := newLease(c, grant, granted, response.GetReservations(), options.CloseOnLost)
	for _, warning := range response.GetWarnings() {
		c.settings.log.Warn(warning.GetMessage(), "lease_id", grant.id, "port", grant.firstPort, "reason", warning.GetReason())
	}
	if !c.keeper.keep(lease) {
		return nil, clientClosed()
	}
	return lease, nil
}

// Close releases all leases, each for at most two seconds, and disconnects; Acquire under way ends with CLIENT_CLOSED. It returns what
// could not be released: that runs out by its TTL. Idempotent.
func (c *Client) Close() error {
	c.closeOnce.Do(func() {
		c.close(clientClosed())
		leases := c.keeper.closing()
		failures := make([]error, len(leases))
		var released sync.WaitGroup
		for i, lease := range leases {
			released.Go(func() { failures[i] = lease.Release(context.Background()) })
		}
		released.Wait()
		c.keeper.close()
		c.disconnected.Store(true)
		c.closeErr = errors.Join(append(failures, c.conn.Close())...)
	})
	return c.closeErr
}
