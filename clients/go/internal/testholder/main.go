// Command testholder is a service for tests: it leases a port, serves HTTP (or echoes UDP) on it, and says on stdout, as JSON lines,
// what becomes of the lease. "release" on stdin gives the port back and ends it; the end of stdin ends it as it is.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	portlease "github.com/portlease/portlease/clients/go"
)

type event struct {
	Event  string `json:"event"`
	Port   int    `json:"port,omitempty"`
	Lease  string `json:"lease,omitempty"`
	State  string `json:"state,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	Lost   string `json:"lost,omitempty"`
	// At is the wall clock in milliseconds, to be compared with that of the test.
	At int64 `json:"at"`
}

func say(what event) {
	what.At = time.Now().UnixMilli()
	line, _ := json.Marshal(what)
	fmt.Println(string(line))
}

func main() {
	address := flag.String("address", "", "the broker")
	ttl := flag.Duration("ttl", 0, "the TTL asked for")
	wait := flag.Duration("wait", 10*time.Second, "how long to try to reach the broker")
	udp := flag.Bool("udp", false, "a UDP port")
	port := flag.Int("port", 0, "the port that is required")
	closeOnLost := flag.Bool("close-on-lost", false, "stop listening when the lease is lost")
	flag.Parse()
	options := portlease.AcquireOptions{Service: "go", TTL: *ttl, PreferredPort: *port, RequirePreferredPort: *port != 0,
		CloseOnLost: *closeOnLost}
	if *udp {
		options.Protocol = portlease.UDP
	}
	if err := hold(*address, *wait, options); err != nil {
		var refused *portlease.Error
		errors.As(err, &refused)
		say(event{Event: "failed", Code: refused.Code.String(), Reason: refused.Reason})
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hold(address string, wait time.Duration, options portlease.AcquireOptions) error {
	ctx := context.Background()
	client, err := portlease.NewClient(portlease.WithAddress(address), portlease.WithAcquireTimeout(wait))
	if err != nil {
		return err
	}
	defer client.Close()
	lease, err := client.Acquire(ctx, options)
	if err != nil {
		return err
	}
	server, err := serve(ctx, lease, options.Protocol)
	if err != nil {
		return err
	}
	say(event{Event: "serving", Port: lease.Port(), Lease: lease.ID()})
	commands := make(chan string)
	go func() {
		defer close(commands)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			commands <- lines.Text()
		}
	}()
	done := lease.Done()
	for {
		changed := lease.Changed()
		select {
		case <-changed:
			say(event{Event: "state", State: lease.State().String()})
		case <-done:
			var lost *portlease.Error
			errors.As(lease.Err(), &lost)
			say(event{Event: "done", State: lease.State().String(), Reason: lost.Reason, Lost: lost.Metadata["lost_reason"]})
			done = nil
		case command, more := <-commands:
			if !more {
				return nil
			}
			if command == "release" {
				server.Close()
				return lease.Release(ctx)
			}
		}
	}
}

type closer interface{ Close() error }

func serve(ctx context.Context, lease *portlease.Lease, protocol portlease.Protocol) (closer, error) {
	if protocol == portlease.UDP {
		socket, err := lease.ListenPacket(ctx)
		if err != nil {
			return nil, err
		}
		go echo(socket)
		return socket, nil
	}
	listener, err := lease.Listen(ctx)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(writer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(writer, "port %d", lease.Port())
	})}
	go func() {
		err := server.Serve(listener)
		say(event{Event: "closed", Reason: fmt.Sprint(err)})
	}()
	return server, nil
}

func echo(socket net.PacketConn) {
	buffer := make([]byte, 2048)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err := socket.WriteTo(buffer[:size], from); err != nil {
			return
		}
	}
}
