//go:build broker

// The samples of README.md, as examples. They need a broker at PORTLEASE_ADDRESS: go test -tags broker
package portlease_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	portlease "github.com/portlease/portlease/clients/go"
	"google.golang.org/grpc"
)

func Example() {
	ctx := context.Background()
	client, err := portlease.NewClient() // finds the broker of this host
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close() // releases all leases

	lease, err := client.Acquire(ctx, portlease.AcquireOptions{Service: "orders", Instance: "1"})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := lease.Listen(ctx)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(hello)}
	go server.Serve(listener)
	defer server.Close()

	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", lease.Port()))
	if err != nil {
		log.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	fmt.Println(string(body))
	// Output: hello
}

func ExampleLease_Done() {
	ctx := context.Background()
	lease, server := serveOrders(ctx)

	go func() {
		<-lease.Done()
		var err *portlease.Error
		if errors.As(lease.Err(), &err) && err.Reason == portlease.ReasonLeaseLost {
			log.Printf("port %d is lost: %v", lease.Port(), err)
			server.Close()
		}
	}()

	server.Close() // first: a port that is still bound is leased to nobody
	if err := lease.Release(ctx); err != nil {
		log.Print(err) // the lease runs out by its TTL
	}
	fmt.Println(lease.State())
	// Output: released
}

func ExampleLease_Changed() {
	ctx := context.Background()
	lease, server := serveOrders(ctx)
	defer server.Close()

	watch := func(lease *portlease.Lease) {
		for {
			changed := lease.Changed()
			if lease.State() == portlease.Jeopardy {
				log.Printf("no renewal; port %d is lost in %v", lease.Port(), lease.Left())
			}
			select {
			case <-changed:
			case <-lease.Done():
				return
			}
		}
	}

	watched := make(chan struct{})
	go func() { watch(lease); close(watched) }()
	lease.Release(ctx)
	<-watched
	fmt.Println(lease.State())
	// Output: released
}

func ExampleError() {
	client, err := portlease.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	_, err = client.Acquire(context.Background(), portlease.AcquireOptions{Pool: "no-such-pool"})
	var refused *portlease.Error
	if errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Reason, refused.Metadata["pool"])
	}
	// Output: NotFound POOL_NOT_FOUND no-such-pool
}

func ExampleLease_Listen_grpc() {
	ctx := context.Background()
	client, err := portlease.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	lease, err := client.Acquire(ctx, portlease.AcquireOptions{
		Service:     "orders-grpc",
		TTL:         10 * time.Second,
		MaxWait:     time.Minute, // wait in line while the pool is full
		CloseOnLost: true,        // stop accepting when the lease is lost
	})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := lease.Listen(ctx, portlease.OnHost("127.0.0.1"))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer() // register its services here
	go server.Serve(listener)
	defer server.Stop()

	fmt.Println(lease.TTL())
	// Output: 10s
}

func hello(writer http.ResponseWriter, _ *http.Request) { fmt.Fprint(writer, "hello") }

// serveOrders is what Example does.
func serveOrders(ctx context.Context) (*portlease.Lease, *http.Server) {
	client, err := portlease.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	lease, err := client.Acquire(ctx, portlease.AcquireOptions{Service: "orders"})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := lease.Listen(ctx)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(hello)}
	go server.Serve(listener)
	return lease, server
}
