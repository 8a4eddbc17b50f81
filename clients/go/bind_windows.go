package portlease

// Binds leased ports on Windows: associated with the reservation's token, or plainly by number. Always exclusive.
// https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse

import (
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"unsafe"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"golang.org/x/sys/windows"
	"google.golang.org/grpc/codes"
)

const (
	// _WSAIOW(IOC_VENDOR, 102): https://learn.microsoft.com/windows/win32/winsock/sio-associate-port-reservation
	sioAssociatePortReservation = 0x98000066
	// ((int)(~SO_REUSEADDR)): https://learn.microsoft.com/windows/win32/winsock/so-exclusiveaddruse
	soExclusiveAddrUse = ^windows.SO_REUSEADDR
)

// associateError is a refusal of the association, which means other things than the same number of bind.
type associateError struct{ cause error }

func (e *associateError) Error() string { return "SIO_ASSOCIATE_PORT_RESERVATION: " + e.cause.Error() }
func (e *associateError) Unwrap() error { return e.cause }

// listenConfig says what is done to the socket before it is bound: Control runs between the two, where the association belongs.
func (h howReserved) listenConfig(port int) (*net.ListenConfig, error) {
	switch h.method {
	case pb.BindMethod_BIND_METHOD_HANDOFF:
		return nil, newError(codes.Unimplemented, ReasonHandoffUnsupported, map[string]string{"port": strconv.Itoa(port)}, nil,
			"port %d is handed out as a socket that the broker bound, which a Go program cannot take over "+
				"(https://pkg.go.dev/net#FileListener). Use a pool of kind administered, or of kind persistent and run elevated, or "+
				"start this program with \"portlease run --proxy\"", port)
	case pb.BindMethod_BIND_METHOD_SHARE_PORT:
		return nil, newError(codes.Unimplemented, ReasonBindFailed, map[string]string{"port": strconv.Itoa(port)}, nil,
			"port %d is held as Linux does it, and cannot be bound on this system. Ask the broker of this host", port)
	}
	return &net.ListenConfig{Control: func(_, _ string, connection syscall.RawConn) error {
		var failure error
		err := connection.Control(func(handle uintptr) { failure = h.prepare(windows.Handle(handle)) })
		return errors.Join(err, failure)
	}}, nil
}

func (h howReserved) prepare(socket windows.Handle) error {
	if err := windows.SetsockoptInt(socket, windows.SOL_SOCKET, soExclusiveAddrUse, 1); err != nil {
		return err
	}
	if h.method != pb.BindMethod_BIND_METHOD_ASSOCIATE || h.token == 0 {
		return nil
	}
	// INET_PORT_RESERVATION_TOKEN: https://learn.microsoft.com/windows/win32/api/mstcpip/ns-mstcpip-inet_port_reservation_token
	token := h.token
	var returned uint32
	err := windows.WSAIoctl(socket, sioAssociatePortReservation, (*byte)(unsafe.Pointer(&token)), uint32(unsafe.Sizeof(token)),
		nil, 0, &returned, nil, 0)
	if err != nil {
		return &associateError{err}
	}
	return nil
}

// bindByToken: the documentation binds to port 0 after an association and does not say whether a number may be given (the page of the
// association); MsQuic gives one. So the number is tried first, and 0 where the token is for one port only, which it must then be.
func bindByToken[S io.Closer](how howReserved, wish listenSettings, err error, listen listenFunc[S]) (S, error) {
	var none S
	var refused *associateError
	if how.method != pb.BindMethod_BIND_METHOD_ASSOCIATE || how.token == 0 || how.tokenPorts != 1 || errors.As(err, &refused) {
		return none, err
	}
	config, _ := how.listenConfig(wish.port)
	socket, zeroErr := listen(config, net.JoinHostPort(wish.host, "0"))
	if zeroErr != nil {
		return none, err
	}
	if portOf(socket) != wish.port {
		socket.Close()
		return none, err
	}
	return socket, nil
}

func portOf(socket any) int {
	switch socket := socket.(type) {
	case *net.TCPListener:
		return socket.Addr().(*net.TCPAddr).Port
	case *net.UDPConn:
		return socket.LocalAddr().(*net.UDPAddr).Port
	default:
		return 0
	}
}

func (h howReserved) afterListen(io.Closer) error { return nil }

// tokenMayBeStale: the association was refused (what Windows answers to a token that it does not know is not documented), or a port
// that was not covered and needed no token was.
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2
func tokenMayBeStale(how howReserved, err error) bool {
	if how.method != pb.BindMethod_BIND_METHOD_ASSOCIATE {
		return false
	}
	var refused *associateError
	if errors.As(err, &refused) {
		return true
	}
	return how.token == 0 && (errors.Is(err, windows.WSAEACCES) || errors.Is(err, windows.WSAEADDRINUSE))
}

func (h howReserved) advice(err error) string {
	var refused *associateError
	switch {
	case errors.As(err, &refused) && errors.Is(err, windows.WSAEACCES):
		return "Only an elevated process may use a persistent reservation: run as administrator or as a service, use a pool of kind " +
			"administered, or start this program with \"portlease run --proxy\""
	case errors.Is(err, windows.WSAEACCES), errors.Is(err, windows.WSAEADDRINUSE):
		return "Another program has the port: portlease explain says which"
	default:
		return "See what the system says"
	}
}
