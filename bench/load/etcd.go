package main

// The same of an etcd: a lease, and a name that only one may have, bound to a lease.
// https://etcd.io/docs/v3.5/learning/api/#lease-api

import (
	"context"
	"fmt"
	"strconv"

	etcdpb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

const etcdTTLSeconds = 60

func openEtcdGrants(_ context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases := etcdpb.NewLeaseClient(connection)
	turn := func(ctx context.Context, _ int, timed timed) error {
		var id int64
		if err := timed(func() (err error) { id, err = grantEtcdLease(ctx, leases); return err }); err != nil {
			return err
		}
		return timed(func() error { return revokeEtcdLease(ctx, leases, id) })
	}
	return load{turn, func() { connection.Close() }}, nil
}

// openEtcdTransactions binds a name to the lease if nobody has it: what a broker of ports gives. Three requests, which count as two:
// what the first two give is one grant.
func openEtcdTransactions(_ context.Context, address string, _ int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases, keys := etcdpb.NewLeaseClient(connection), etcdpb.NewKVClient(connection)
	turn := func(ctx context.Context, lane int, timed timed) error {
		var id int64
		err := timed(func() (err error) {
			if id, err = grantEtcdLease(ctx, leases); err != nil {
				return err
			}
			return createEtcdKey(ctx, keys, "/bench/ports/"+strconv.Itoa(lane), id)
		})
		if err != nil {
			return err
		}
		return timed(func() error { return revokeEtcdLease(ctx, leases, id) })
	}
	return load{turn, func() { connection.Close() }}, nil
}

// openEtcdKeepAlives renews on one stream, each lane a lease of its own.
func openEtcdKeepAlives(ctx context.Context, address string, concurrency int) (load, error) {
	connection, err := connect(address)
	if err != nil {
		return load{}, err
	}
	leases := etcdpb.NewLeaseClient(connection)
	held := make([]int64, concurrency)
	err = inParallel(len(held), heldAtOnce, func(index int) (err error) {
		held[index], err = grantEtcdLease(ctx, leases)
		return err
	})
	if err != nil {
		return load{}, err
	}
	stream, err := leases.LeaseKeepAlive(ctx)
	if err != nil {
		return load{}, err
	}
	alive := newKeepAlives(stream, held)
	turn := func(ctx context.Context, lane int, timed timed) error {
		return timed(func() error { return alive.renew(ctx, held[lane]) })
	}
	return load{turn, func() {
		_ = inParallel(len(held), heldAtOnce, func(index int) error { return revokeEtcdLease(ctx, leases, held[index]) })
		connection.Close()
	}}, nil
}

func grantEtcdLease(ctx context.Context, leases etcdpb.LeaseClient) (int64, error) {
	granted, err := leases.LeaseGrant(ctx, &etcdpb.LeaseGrantRequest{TTL: etcdTTLSeconds})
	if err != nil {
		return 0, err
	}
	return granted.ID, nil
}

func revokeEtcdLease(ctx context.Context, leases etcdpb.LeaseClient, id int64) error {
	_, err := leases.LeaseRevoke(ctx, &etcdpb.LeaseRevokeRequest{ID: id})
	return err
}

// createEtcdKey fails when the key is there already.
func createEtcdKey(ctx context.Context, keys etcdpb.KVClient, name string, lease int64) error {
	key := []byte(name)
	absent := &etcdpb.Compare{
		Key:         key,
		Target:      etcdpb.Compare_CREATE,
		Result:      etcdpb.Compare_EQUAL,
		TargetUnion: &etcdpb.Compare_CreateRevision{CreateRevision: 0},
	}
	put := &etcdpb.PutRequest{Key: key, Value: []byte("bench"), Lease: lease}
	answer, err := keys.Txn(ctx, &etcdpb.TxnRequest{
		Compare: []*etcdpb.Compare{absent},
		Success: []*etcdpb.RequestOp{{Request: &etcdpb.RequestOp_RequestPut{RequestPut: put}}},
	})
	if err != nil {
		return err
	}
	if !answer.Succeeded {
		return fmt.Errorf("%s is there already", name)
	}
	return nil
}
