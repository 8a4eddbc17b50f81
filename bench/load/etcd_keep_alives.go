package main

// One stream of etcd's lease renewals, with at most one of each lease under way. It is not written to disk, as with the broker.
// https://etcd.io/docs/v3.5/learning/api/#keep-alives

import (
	"context"
	"fmt"
	"sync"

	etcdpb "go.etcd.io/etcd/api/v3/etcdserverpb"
)

type keepAlives struct {
	stream  etcdpb.Lease_LeaseKeepAliveClient
	sending sync.Mutex
	// What each lease was left with, in seconds. The answers have the id of the lease.
	answers map[int64]chan int64
	ended   chan struct{}
	why     error
}

func newKeepAlives(stream etcdpb.Lease_LeaseKeepAliveClient, held []int64) *keepAlives {
	alive := &keepAlives{stream: stream, answers: map[int64]chan int64{}, ended: make(chan struct{})}
	for _, id := range held {
		alive.answers[id] = make(chan int64, 1)
	}
	go alive.read()
	return alive
}

func (alive *keepAlives) read() {
	for {
		response, err := alive.stream.Recv()
		if err != nil {
			alive.why = err
			close(alive.ended)
			return
		}
		if answer := alive.answers[response.ID]; answer != nil {
			answer <- response.TTL
		}
	}
}

func (alive *keepAlives) renew(ctx context.Context, id int64) error {
	alive.sending.Lock()
	err := alive.stream.Send(&etcdpb.LeaseKeepAliveRequest{ID: id})
	alive.sending.Unlock()
	if err != nil {
		return err
	}
	select {
	case seconds := <-alive.answers[id]:
		// https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/: 0 for a lease that is not there
		if seconds <= 0 {
			return fmt.Errorf("the lease %x is not there any more", id)
		}
		return nil
	case <-alive.ended:
		return fmt.Errorf("the stream ended: %w", alive.why)
	case <-ctx.Done():
		return ctx.Err()
	}
}
