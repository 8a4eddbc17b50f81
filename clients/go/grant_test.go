package portlease

import (
	"testing"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

func answer(change func(*pb.AcquireLeaseResponse)) *pb.AcquireLeaseResponse {
	response := &pb.AcquireLeaseResponse{
		HolderKey: "key",
		Lease: &pb.Lease{LeaseId: "a", Protocol: pb.Protocol_PROTOCOL_UDP, Port: 20_000, PortCount: 3, Generation: 7,
			Ttl: durationpb.New(30 * time.Second), Remaining: durationpb.New(30 * time.Second)},
	}
	change(response)
	return response
}

func TestAGrantIsRead(t *testing.T) {
	read, times, err := readGrant(answer(func(*pb.AcquireLeaseResponse) {}))
	if err != nil || read.protocol != UDP || read.firstPort != 20_000 || read.portCount != 3 || read.generation != 7 ||
		times != (grantTimes{ttl: 30 * time.Second, left: 30 * time.Second}) {
		t.Errorf("%+v %+v %v", read, times, err)
	}
}

func TestARepeatedGrantIsNotBelievedToLastItsWholeTTL(t *testing.T) {
	_, times, err := readGrant(answer(func(r *pb.AcquireLeaseResponse) { r.Lease.Remaining = durationpb.New(4 * time.Second) }))
	if err != nil || times.left != 4*time.Second {
		t.Errorf("%+v %v", times, err)
	}
}

func TestWhatTheAPIDoesNotAllowIsNotBelieved(t *testing.T) {
	for name, change := range map[string]func(*pb.AcquireLeaseResponse){
		"lease.lease_id": func(r *pb.AcquireLeaseResponse) { r.Lease = nil },
		"holder_key":     func(r *pb.AcquireLeaseResponse) { r.HolderKey = "" },
		"lease.port":     func(r *pb.AcquireLeaseResponse) { r.Lease.Port = 65_534 },
		"lease.ttl":      func(r *pb.AcquireLeaseResponse) { r.Lease.Ttl = nil },
		"lease.protocol": func(r *pb.AcquireLeaseResponse) { r.Lease.Protocol = 9 },
	} {
		_, _, err := readGrant(answer(change))
		if own := wantReason(t, err, codes.Internal, ReasonBrokerAnswerInvalid); own.Metadata["field"] != name {
			t.Errorf("%s: %v", name, own)
		}
	}
}
