//go:build unix

package portlease

import (
	"context"
	"errors"
	"net"
	"runtime"
	"syscall"
	"testing"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
)

// holdPort keeps a port as the broker does: bound, not listening, with SO_REUSEPORT where others of the user may come beside it.
func holdPort(t *testing.T, shared bool) int {
	t.Helper()
	descriptor, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(descriptor) })
	if shared {
		err = unix.SetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	if err := errors.Join(err, unix.Bind(descriptor, &unix.SockaddrInet4{})); err != nil {
		t.Fatal(err)
	}
	address, err := unix.Getsockname(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	return address.(*unix.SockaddrInet4).Port
}

func leaseOf(t *testing.T, keeper *keeper, port int, method pb.BindMethod) *Lease {
	t.Helper()
	return keeper.leaseOn(t, grant{id: "a", firstPort: port, portCount: 1}, testTTL, []*pb.PortReservation{{
		Protocol: pb.Protocol_PROTOCOL_TCP, FirstPort: uint32(port), PortCount: 1, BindMethod: method}})
}

func option(t *testing.T, socket syscall.Conn, name int) int {
	t.Helper()
	connection, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var value int
	if err := control(connection, func(descriptor int) error {
		value, err = unix.GetsockoptInt(descriptor, unix.SOL_SOCKET, name)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAPortIsBoundBesideTheHold(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := leaseOf(t, keeper, holdPort(t, true), pb.BindMethod_BIND_METHOD_SHARE_PORT)
		listener, err := lease.Listen(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if got := listener.Addr().(*net.TCPAddr).Port; got != lease.Port() {
			t.Errorf("listening on %d", got)
		}
		if option(t, listener.(syscall.Conn), unix.SO_REUSEADDR) == 0 {
			t.Error("its connections would keep the port in TIME_WAIT")
		}
		if usesMultipath(t, listener.(syscall.Conn)) {
			t.Error("the broker would not see a multipath socket")
		}
	})
}

// usesMultipath: https://man7.org/linux/man-pages/man7/socket.7.html (SO_PROTOCOL), IPPROTO_MPTCP of linux/in.h.
func usesMultipath(t *testing.T, socket syscall.Conn) bool {
	const soProtocol, ipprotoMPTCP = 0x26, 262
	return runtime.GOOS == "linux" && option(t, socket, soProtocol) == ipprotoMPTCP
}

func TestUntilItListensASocketProtectsItsPort(t *testing.T) {
	seen := -1
	config := net.ListenConfig{Control: func(network, address string, connection syscall.RawConn) error {
		err := beforeSharedBind(network, address, connection)
		return errors.Join(err, control(connection, func(descriptor int) (err error) {
			seen, err = unix.GetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_REUSEADDR)
			return err
		}))
	}}
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if seen != 0 {
		t.Errorf("SO_REUSEADDR is %d when it is bound", seen)
	}
}

func TestAPortThatSomebodyHasIsToldWithWhatToDo(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := leaseOf(t, keeper, holdPort(t, false), pb.BindMethod_BIND_METHOD_SHARE_PORT)
		_, err := lease.Listen(context.Background())
		wantReason(t, err, codes.FailedPrecondition, ReasonBindFailed)
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("the system's error is not in %v", err)
		}
	})
}

func TestNothingIsBoundOnALeaseThatHasEnded(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := leaseOf(t, keeper, holdPort(t, true), pb.BindMethod_BIND_METHOD_SHARE_PORT)
		<-lease.Done()
		_, err := lease.Listen(context.Background())
		wantReason(t, err, codes.FailedPrecondition, ReasonLeaseLost)
	})
}

func TestOnlyPortsOfTheLeaseAreBound(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := leaseOf(t, keeper, 20_000, pb.BindMethod_BIND_METHOD_PLAIN)
		_, err := lease.Listen(context.Background(), OnPort(20_001))
		wantReason(t, err, codes.InvalidArgument, ReasonPortNotInLease)
		_, err = lease.ListenPacket(context.Background())
		wantReason(t, err, codes.InvalidArgument, ReasonPortNotInLease)
	})
}

func TestWhatWindowsDoesIsRefusedElsewhere(t *testing.T) {
	withKeeper(t, func(t *testing.T, broker *fakeBroker, keeper *keeper) {
		lease := leaseOf(t, keeper, 20_000, pb.BindMethod_BIND_METHOD_ASSOCIATE)
		_, err := lease.Listen(context.Background())
		wantReason(t, err, codes.Unimplemented, ReasonBindFailed)
	})
}
