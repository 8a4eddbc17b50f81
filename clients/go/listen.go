package portlease

// The sockets on the ports of a lease. Looks at the lease just before each is bound, and once more after it. How a port is bound on an
// operating system is bind_*.go.

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
)

// A ListenOption says where to listen.
type ListenOption func(*listenSettings)

type listenSettings struct {
	host string
	port int
}

// OnHost listens on one address of this host, such as "127.0.0.1", "::1" or a name of it; default: all of IPv6 and IPv4.
func OnHost(host string) ListenOption {
	return func(s *listenSettings) { s.host = host }
}

// OnPort picks a port of the lease; default: its first.
func OnPort(port int) ListenOption {
	return func(s *listenSettings) { s.port = port }
}

// Listen binds the leased TCP port in the way that the broker asks for, and listens. The listener is the caller's to close, before the
// lease is released.
//
// Reasons: LEASE_LOST, LEASE_RELEASED, LEASE_IN_DOUBT, PORT_NOT_IN_LEASE, BIND_FAILED, HANDOFF_UNSUPPORTED.
func (l *Lease) Listen(ctx context.Context, options ...ListenOption) (net.Listener, error) {
	return bindLeased(ctx, l, pb.Protocol_PROTOCOL_TCP, options,
		func(config *net.ListenConfig, address string) (net.Listener, error) {
			// Multipath TCP, the default of Go, has sockets of its own kind in the kernel: the broker would not see its holder.
			// https://pkg.go.dev/net#ListenConfig.SetMultipathTCP
			config.SetMultipathTCP(false)
			return config.Listen(ctx, "tcp", address)
		})
}

// ListenPacket binds the leased UDP port. Of each address only one socket receives. Otherwise it is as Listen.
func (l *Lease) ListenPacket(ctx context.Context, options ...ListenOption) (net.PacketConn, error) {
	return bindLeased(ctx, l, pb.Protocol_PROTOCOL_UDP, options,
		func(config *net.ListenConfig, address string) (net.PacketConn, error) {
			return config.ListenPacket(ctx, "udp", address)
		})
}

type listenFunc[S io.Closer] func(config *net.ListenConfig, address string) (S, error)

// bindLeased binds, with a fresh token where the one that is known has gone stale: tokens change when the host restarts, and with
// isolation "per-lease" between two holders.
func bindLeased[S io.Closer](ctx context.Context, l *Lease, protocol pb.Protocol, options []ListenOption, listen listenFunc[S]) (S, error) {
	wish := listenSettings{port: l.grant.firstPort}
	for _, option := range options {
		option(&wish)
	}
	var none S
	if err := l.checkPort(protocol, wish.port); err != nil {
		return none, err
	}
	how := l.howReserved(protocol, wish.port)
	socket, err := bindAs(l, how, wish, listen)
	if err != nil && tokenMayBeStale(how, err) {
		if renewErr := l.renewReservations(ctx); renewErr != nil {
			return none, renewErr
		}
		fresh := l.howReserved(protocol, wish.port)
		if fresh != how {
			socket, err = bindAs(l, fresh, wish, listen)
		}
	}
	if err != nil {
		return none, describeBindFailure(how, wish.port, err)
	}
	// Binding takes time: the lease may have ended meanwhile.
	if err := l.adopt(wish.port, socket); err != nil {
		socket.Close()
		return none, err
	}
	return socket, nil
}

func bindAs[S io.Closer](l *Lease, how howReserved, wish listenSettings, listen listenFunc[S]) (S, error) {
	var none S
	if err := l.checkHeld(wish.port); err != nil {
		return none, err
	}
	config, err := how.listenConfig(wish.port)
	if err != nil {
		return none, err
	}
	socket, err := listen(config, net.JoinHostPort(wish.host, strconv.Itoa(wish.port)))
	if err != nil {
		return bindByToken(how, wish, err, listen)
	}
	if err := how.afterListen(socket); err != nil {
		socket.Close()
		return none, err
	}
	return socket, nil
}

// howReserved is how a port is reserved and bound. The token is secret.
type howReserved struct {
	method pb.BindMethod
	token  uint64
	// tokenPorts is how many ports the token is for.
	tokenPorts uint32
	udp        bool
}

func (l *Lease) howReserved(protocol pb.Protocol, port int) howReserved {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	udp := protocol == pb.Protocol_PROTOCOL_UDP
	for _, reservation := range l.reservations {
		first, count := int(reservation.GetFirstPort()), int(reservation.GetPortCount())
		sameProtocol := (reservation.GetProtocol() == pb.Protocol_PROTOCOL_UDP) == udp
		if sameProtocol && port >= first && port < first+count {
			return howReserved{reservation.GetBindMethod(), reservation.GetToken(), reservation.GetPortCount(), udp}
		}
	}
	return howReserved{method: pb.BindMethod_BIND_METHOD_PLAIN, tokenPorts: 1, udp: udp}
}

func (l *Lease) renewReservations(ctx context.Context) error {
	ctx, done := l.client.callContext(ctx, 10*time.Second)
	defer done()
	return l.client.retry(ctx, func() *Error {
		request := &pb.RenewLeaseRequest{LeaseId: l.grant.id, HolderKey: l.grant.holderKey}
		response, err := l.client.rpc.RenewLease(ctx, request)
		if err != nil {
			return errorOfCall(ctx, err, l.client.settings.address)
		}
		if reservations := response.GetReservations(); len(reservations) > 0 {
			l.keeper.mu.Lock()
			defer l.keeper.mu.Unlock()
			l.reservations = reservations
		}
		return nil
	})
}

func (l *Lease) checkPort(protocol pb.Protocol, port int) error {
	fits := l.grant.protocol == TCPAndUDP || (l.grant.protocol == UDP) == (protocol == pb.Protocol_PROTOCOL_UDP)
	if fits && port >= l.grant.firstPort && port < l.grant.firstPort+l.grant.portCount {
		return nil
	}
	wanted := TCP
	if protocol == pb.Protocol_PROTOCOL_UDP {
		wanted = UDP
	}
	metadata := map[string]string{"lease_id": l.grant.id, "port": strconv.Itoa(port)}
	return newError(codes.InvalidArgument, ReasonPortNotInLease, metadata, nil,
		"cannot bind %v port %d: lease %s has %v ports %d to %d", wanted, port, l.grant.id, l.grant.protocol,
		l.grant.firstPort, l.grant.firstPort+l.grant.portCount-1)
}

// checkHeld refuses unless the port is ours at this moment.
func (l *Lease) checkHeld(port int) error {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	return l.checkHeldLocked(port)
}

func (l *Lease) checkHeldLocked(port int) error {
	now := l.keeper.now()
	l.look(now)
	switch {
	case l.err != nil:
		return l.err
	case l.state == Jeopardy && !now.Before(l.track.Deadline()):
		return newError(codes.FailedPrecondition, ReasonLeaseInDoubt, l.facts(), nil,
			"cannot bind port %d: this process was paused past the deadline of lease %s, and the broker has not confirmed it yet. "+
				"Wait until State is Safe or Done is closed", port, l.grant.id)
	default:
		return nil
	}
}

// adopt looks at the lease once more, and remembers what is to be closed when it is lost.
func (l *Lease) adopt(port int, socket io.Closer) error {
	l.keeper.mu.Lock()
	defer l.keeper.mu.Unlock()
	if err := l.checkHeldLocked(port); err != nil {
		return err
	}
	if l.closeOnLost {
		l.closers = append(l.closers, socket)
	}
	return nil
}

func describeBindFailure(how howReserved, port int, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return newError(codes.FailedPrecondition, ReasonBindFailed, map[string]string{"port": strconv.Itoa(port)}, err,
		"cannot bind port %d: %s. %s", port, strings.TrimRight(err.Error(), "."), how.advice(err))
}
