package portlease

// What an application asks for when it acquires a lease, and how that becomes a message. Bounds are the broker's to check.

import (
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Protocol is a transport protocol of a lease. TCP and UDP number their ports independently.
type Protocol int

const (
	// TCP is the default.
	TCP Protocol = iota
	// UDP is a UDP port.
	UDP
	// TCPAndUDP is the same number in both, leased together.
	TCPAndUDP
)

// String returns "TCP", "UDP" or "TCP and UDP".
func (p Protocol) String() string {
	switch p {
	case UDP:
		return "UDP"
	case TCPAndUDP:
		return "TCP and UDP"
	default:
		return "TCP"
	}
}

// AcquireOptions is what to lease. The zero value leases one TCP port of the default pool.
type AcquireOptions struct {
	// Service is the service's name, at most 128 characters. With Instance it is the key by which a port is found again.
	Service string
	// Instance of the service, at most 128 characters.
	Instance string
	// Labels: at most 32; keys of 1 to 63 characters, values of at most 255.
	Labels map[string]string
	// Pool is "default" where empty.
	Pool string
	// Protocol is TCP where unset.
	Protocol Protocol
	// PortCount is how many consecutive ports, all or nothing; 0 is 1.
	PortCount int
	// PreferredPort is the first port wanted, 1 to 65535; 0 is none. Another one is taken where it cannot be had, unless
	// RequirePreferredPort: then Acquire fails with the reason.
	PreferredPort        int
	RequirePreferredPort bool
	// TTL is how long the lease lasts without renewals, within the pool's bounds; 0 is the pool's default.
	TTL time.Duration
	// BindWithin takes the lease back when nobody has bound the port within this time, 1 s to 24 h; 0 is never.
	BindWithin time.Duration
	// MaxWait is how long to wait in line while the pool is full, at most 1 h.
	MaxWait time.Duration
	// RequestID makes the request safe to repeat, 1 to 64 characters; default random, so that the client's own tries are. Give your
	// own to get the same lease from another process; it must then be unguessable, because it stands for the holder key.
	RequestID string
	// ProcessClaim says whether this process is named as the holder, so that the lease ends with it.
	ProcessClaim ProcessClaim
	// CloseOnLost closes what Listen and ListenPacket returned when the lease is lost. Connections that are open go on.
	CloseOnLost bool
}

// ProcessClaim says whether a process is named as the holder of its lease.
type ProcessClaim int

const (
	// ClaimWherePossible names this process, unless the broker sees another one (as from a container with process ids of its own).
	ClaimWherePossible ProcessClaim = iota
	// ClaimAlways insists: Acquire fails with NOT_YOUR_PROCESS where the broker sees another process.
	ClaimAlways
	// ClaimNever is for ports that another process binds; the lease then lives by its TTL alone.
	ClaimNever
)

// request makes the message. processID 0 names no process.
func (o AcquireOptions) request(requestID string, processID int) (*pb.AcquireLeaseRequest, error) {
	for _, number := range []struct {
		option string
		value  int
	}{{"PortCount", o.PortCount}, {"PreferredPort", o.PreferredPort}} {
		if number.value < 0 || number.value > 65_535 {
			return nil, optionInvalid(number.option, nil, "%s is %d; give a number from 0 to 65535", number.option, number.value)
		}
	}
	if o.Protocol < TCP || o.Protocol > TCPAndUDP {
		return nil, optionInvalid("Protocol", nil, "Protocol is %d; give TCP, UDP or TCPAndUDP", int(o.Protocol))
	}
	preference := pb.AcquireLeaseRequest_PORT_PREFERENCE_PREFER
	if o.RequirePreferredPort {
		preference = pb.AcquireLeaseRequest_PORT_PREFERENCE_MUST
	}
	holder := &pb.Holder{Service: o.Service, Instance: o.Instance, Labels: o.Labels}
	if processID != 0 {
		holder.Process = &pb.HolderProcess{ProcessId: uint32(processID)}
	}
	return &pb.AcquireLeaseRequest{
		Pool: o.Pool,
		// Both count the same protocols; UNSPECIFIED is 0 on the wire.
		Protocol:       pb.Protocol(o.Protocol + 1),
		PortCount:      uint32(o.PortCount),
		PreferredPort:  uint32(o.PreferredPort),
		PortPreference: preference,
		Ttl:            optionalDuration(o.TTL),
		Holder:         holder,
		BindWithin:     optionalDuration(o.BindWithin),
		MaxWait:        optionalDuration(o.MaxWait),
		RequestId:      requestID,
	}, nil
}

func optionalDuration(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}
