package main

// Readers of what happens to leases, who take all that comes until the input of this program ends.

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
)

const watchRow = "watch"

type watchFigures struct {
	Event      string  `json:"event"`
	Readers    int     `json:"readers"`
	Events     int64   `json:"events"`
	DurationMs float64 `json:"durationMs"`
	CPUUs      float64 `json:"cpuUs"`
}

// watch says {"event":"watching"} when all readers have seen what there is, and at the end how many events all of them had.
func watch(ctx context.Context, address string, readers int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	connection, err := connect(address)
	if err != nil {
		return err
	}
	defer connection.Close()
	leases := pb.NewLeaseServiceClient(connection)
	var events atomic.Int64
	ready := make(chan struct{}, readers)
	for range readers {
		go func() {
			err := readAll(ctx, leases, ready, &events)
			cancel(fmt.Errorf("a watch ended: %w", err))
		}()
	}
	for range readers {
		select {
		case <-ready:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	start, startCPU := time.Now(), cpuTime()
	say(event{"watching"})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel(io.EOF)
	}()
	<-ctx.Done()
	if err := context.Cause(ctx); err != io.EOF {
		return err
	}
	say(watchFigures{
		Event:      "figures",
		Readers:    readers,
		Events:     events.Load(),
		DurationMs: float64(time.Since(start)) / float64(time.Millisecond),
		CPUUs:      float64(cpuTime()-startCPU) / float64(time.Microsecond),
	})
	return nil
}

func readAll(ctx context.Context, leases pb.LeaseServiceClient, ready chan<- struct{}, events *atomic.Int64) error {
	stream, err := leases.WatchLeases(ctx, &pb.WatchLeasesRequest{})
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if response.GetEvent() != nil {
			events.Add(1)
		}
		if response.GetSnapshot().GetComplete() {
			ready <- struct{}{}
		}
	}
}
