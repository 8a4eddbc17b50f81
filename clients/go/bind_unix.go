//go:build unix

package portlease

// Binds beside the broker's hold (Linux, macOS), or plainly where nothing is held. As the broker's own lessees do it:
// src/native/posix/lessee-sockets.ts.

import (
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
)

// listenConfig says what is set on the socket before it is bound.
func (h howReserved) listenConfig(port int) (*net.ListenConfig, error) {
	switch h.method {
	case pb.BindMethod_BIND_METHOD_ASSOCIATE, pb.BindMethod_BIND_METHOD_HANDOFF:
		return nil, newError(codes.Unimplemented, ReasonBindFailed, map[string]string{"port": strconv.Itoa(port)}, nil,
			"port %d is reserved as Windows does it, and cannot be bound on this system. Ask the broker of this host", port)
	case pb.BindMethod_BIND_METHOD_SHARE_PORT:
		return &net.ListenConfig{Control: beforeSharedBind}, nil
	default:
		return &net.ListenConfig{}, nil
	}
}

// beforeSharedBind: SO_REUSEPORT lets processes of one user bind beside the hold
// (https://man7.org/linux/man-pages/man7/socket.7.html). SO_REUSEADDR, which Go sets for listeners, comes only after listen: a socket
// that is bound with it and does not listen yet protects nothing.
func beforeSharedBind(_, _ string, connection syscall.RawConn) error {
	return control(connection, func(descriptor int) error {
		return errors.Join(
			unix.SetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_REUSEADDR, 0),
			unix.SetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1),
		)
	})
}

// afterListen makes the port usable again at once after the server closes: else its connections in TIME_WAIT would keep it.
func (h howReserved) afterListen(socket io.Closer) error {
	if h.udp || h.method != pb.BindMethod_BIND_METHOD_SHARE_PORT {
		return nil
	}
	listener, ok := socket.(syscall.Conn)
	if !ok {
		return nil
	}
	connection, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	return control(connection, func(descriptor int) error {
		return unix.SetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	})
}

func control(connection syscall.RawConn, set func(descriptor int) error) error {
	var failure error
	if err := connection.Control(func(descriptor uintptr) { failure = set(int(descriptor)) }); err != nil {
		return err
	}
	return failure
}

// Tokens are for Windows.
func tokenMayBeStale(howReserved, error) bool { return false }

func bindByToken[S io.Closer](_ howReserved, _ listenSettings, err error, _ listenFunc[S]) (S, error) {
	var none S
	return none, err
}

func (h howReserved) advice(err error) string {
	switch {
	case !errors.Is(err, syscall.EADDRINUSE):
		return "See what the system says"
	case h.method == pb.BindMethod_BIND_METHOD_SHARE_PORT:
		return "Probable causes: the broker holds the port as another user (run as the broker's user), this process is bound to it " +
			"already, or the broker stopped and another program took the port"
	default:
		return "Stop the process that is bound to it: portlease explain says which"
	}
}
