package main

// Unary calls to a broker.

import (
	"context"
	"fmt"
	"sync/atomic"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const listPageSize = 1000

func openEmptyUnary(_ context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	health := grpc_health_v1.NewHealthClient(connection)
	turn := func(ctx context.Context, _ int, timed timed) error {
		return timed(func() error {
			_, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
			return err
		})
	}
	return load{turn, func() { connection.Close() }}, nil
}

func openUnaryPairs(_ context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases := pb.NewLeaseServiceClient(connection)
	turn := func(ctx context.Context, lane int, timed timed) error {
		var granted *pb.AcquireLeaseResponse
		err := timed(func() (err error) {
			granted, err = leases.AcquireLease(ctx, plainRequest(lane))
			return err
		})
		if err != nil {
			return err
		}
		return timed(func() error {
			request := &pb.ReleaseLeaseRequest{LeaseId: granted.Lease.LeaseId, HolderKey: granted.HolderKey}
			_, err := leases.ReleaseLease(ctx, request)
			return err
		})
	}
	return load{turn, func() { connection.Close() }}, nil
}

func openUnaryRenewals(ctx context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases := pb.NewLeaseServiceClient(connection)
	session, err := openSession(ctx, leases)
	if err != nil {
		return load{}, err
	}
	held, err := acquireHeld(ctx, session)
	if err != nil {
		return load{}, err
	}
	var next atomic.Int64
	turn := func(ctx context.Context, _ int, timed timed) error {
		request := held[next.Add(1)%heldCount]
		return timed(func() error {
			_, err := leases.RenewLease(ctx, request)
			return err
		})
	}
	return load{turn, func() {
		releaseHeld(ctx, session, held)
		connection.Close()
	}}, nil
}

// openList asks for all leases, page by page; all pages are one request of it.
func openList(_ context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases := pb.NewLeaseServiceClient(connection)
	turn := func(ctx context.Context, _ int, timed timed) error {
		return timed(func() error {
			count, token := 0, ""
			for {
				page, err := leases.ListLeases(ctx, &pb.ListLeasesRequest{PageSize: listPageSize, PageToken: token})
				if err != nil {
					return err
				}
				count += len(page.Leases)
				if token = page.NextPageToken; token == "" {
					if count < int(page.TotalSize) {
						return fmt.Errorf("the list has %d of %d leases", count, page.TotalSize)
					}
					return nil
				}
			}
		})
	}
	return load{turn, func() { connection.Close() }}, nil
}
