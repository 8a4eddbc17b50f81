package main

// One connection to a broker, and the leases that renewals are about.

import (
	"context"
	"fmt"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Enough that renewals under way rarely meet at one lease, and few against the pool.
const heldCount = 1024

// Longer than any run: a renewal is an early one, as in real life.
const heldTTL = time.Hour

// As many acquires under way as a session takes at a time without holding its caller back.
const heldAtOnce = 256

func connect(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy())
}

// The least that a service sends: its name. Each lane is an instance of its own, which has its former port again where it is free.
func plainRequest(lane int) *pb.AcquireLeaseRequest {
	return &pb.AcquireLeaseRequest{Holder: &pb.Holder{Service: "bench", Instance: fmt.Sprintf("native-%d", lane)}}
}

// acquireHeld fills what renewals are about. They are released by releaseHeld.
func acquireHeld(ctx context.Context, session *session) ([]*pb.RenewLeaseRequest, error) {
	held := make([]*pb.RenewLeaseRequest, heldCount)
	err := inParallel(heldCount, heldAtOnce, func(index int) error {
		request := plainRequest(index)
		request.Ttl = durationpb.New(heldTTL)
		answer, err := session.acquire(ctx, request)
		if err != nil {
			return fmt.Errorf("a lease to renew could not be acquired: %w", err)
		}
		held[index] = &pb.RenewLeaseRequest{LeaseId: answer.Lease.LeaseId, HolderKey: answer.HolderKey}
		return nil
	})
	return held, err
}

// releaseHeld leaves the pool as it was. What fails here ends by its TTL.
func releaseHeld(ctx context.Context, session *session, held []*pb.RenewLeaseRequest) {
	_ = inParallel(len(held), heldAtOnce, func(index int) error {
		return session.release(ctx, held[index].LeaseId, held[index].HolderKey)
	})
}
