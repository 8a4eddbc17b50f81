package main

// The same work as messages on one Session stream, and renewals on it.

import (
	"context"
	"sync/atomic"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
)

func openSessionPairs(ctx context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	session, err := openSession(ctx, pb.NewLeaseServiceClient(connection))
	if err != nil {
		return load{}, err
	}
	turn := func(ctx context.Context, lane int, timed timed) error {
		var granted *pb.AcquireLeaseResponse
		err := timed(func() (err error) {
			granted, err = session.acquire(ctx, plainRequest(lane))
			return err
		})
		if err != nil {
			return err
		}
		return timed(func() error { return session.release(ctx, granted.Lease.LeaseId, granted.HolderKey) })
	}
	return load{turn, func() { connection.Close() }}, nil
}

// openSessionRenewals goes round through the held leases, each message with its own share of them.
func openSessionRenewals(perMessage int) openLoad {
	return func(ctx context.Context, address string, _ int) (load, error) {
		connection, err := connect(address)
		if err != nil {
			return load{}, err
		}
		session, err := openSession(ctx, pb.NewLeaseServiceClient(connection))
		if err != nil {
			return load{}, err
		}
		held, err := acquireHeld(ctx, session)
		if err != nil {
			return load{}, err
		}
		var next atomic.Int64
		shares := len(held) / perMessage
		turn := func(ctx context.Context, _ int, timed timed) error {
			first := int(next.Add(1)) % shares * perMessage
			return timed(func() error { return session.renew(ctx, held[first:first+perMessage]) })
		}
		return load{turn, func() {
			releaseHeld(ctx, session, held)
			connection.Close()
		}}, nil
	}
}
