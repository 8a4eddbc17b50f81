package portlease

// A grant as the broker sent it, checked. Nothing of it is believed that the API does not allow.

import (
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
)

// grant is what is known of a lease for its whole life. The holder key is secret.
type grant struct {
	id         string
	holderKey  string
	pool       string
	protocol   Protocol
	firstPort  int
	portCount  int
	generation uint64
}

// times are those of an answer, to be set against the client's clock.
type grantTimes struct{ ttl, left, wait time.Duration }

func readGrant(response *pb.AcquireLeaseResponse) (grant, grantTimes, error) {
	lease := response.GetLease()
	ttl := lease.GetTtl().AsDuration()
	last := uint64(lease.GetPort()) + uint64(lease.GetPortCount()) - 1
	invalid := ""
	switch {
	case lease.GetLeaseId() == "":
		invalid = "lease.lease_id"
	case response.GetHolderKey() == "":
		invalid = "holder_key"
	case lease.GetPort() < 1 || lease.GetPortCount() < 1 || last > 65_535:
		invalid = "lease.port"
	case ttl <= 0:
		invalid = "lease.ttl"
	case lease.GetProtocol() < pb.Protocol_PROTOCOL_TCP || lease.GetProtocol() > pb.Protocol_PROTOCOL_TCP_AND_UDP:
		invalid = "lease.protocol"
	}
	if invalid != "" {
		return grant{}, grantTimes{}, newError(codes.Internal, ReasonBrokerAnswerInvalid, map[string]string{"field": invalid}, nil,
			"the broker granted a lease with an invalid %s. Upgrade client and broker to the same version", invalid)
	}
	// A repeat of an answer that was lost has less than the TTL left.
	left := ttl
	if remaining := lease.GetRemaining().AsDuration(); remaining > 0 && remaining < ttl {
		left = remaining
	}
	return grant{
		id:         lease.GetLeaseId(),
		holderKey:  response.GetHolderKey(),
		pool:       lease.GetPool(),
		protocol:   Protocol(lease.GetProtocol() - 1),
		firstPort:  int(lease.GetPort()),
		portCount:  int(lease.GetPortCount()),
		generation: lease.GetGeneration(),
	}, grantTimes{ttl: ttl, left: left, wait: max(0, response.GetWaitDuration().AsDuration())}, nil
}
