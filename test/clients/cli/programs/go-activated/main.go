// A server that takes its sockets by socket activation, with the package that Go programs use for it. It answers each HTTP request
// with its process id and the name of the socket, and each datagram likewise. On SIGTERM it shuts down in order and exits with 6.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

const (
	exitNoSockets = 3
	exitAsked     = 6
)

func main() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	// Files and not listeners: there may be sockets of both protocols.
	files := activation.Files(true)
	if len(files) == 0 {
		fmt.Println("no sockets")
		os.Exit(exitNoSockets)
	}
	var servers []*http.Server
	for _, file := range files {
		if listener, err := net.FileListener(file); err == nil {
			servers = append(servers, serve(listener, file.Name()))
			continue
		}
		packets, err := net.FilePacketConn(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go answer(packets, file.Name())
	}
	fmt.Printf("serving pid %d port %s\n", os.Getpid(), os.Getenv("PORT"))
	<-asked
	for _, server := range servers {
		if err := server.Shutdown(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(exitAsked)
}

func serve(listener net.Listener, name string) *http.Server {
	handler := func(writer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(writer, "%d %s", os.Getpid(), name)
	}
	server := &http.Server{Handler: http.HandlerFunc(handler)}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return server
}

func answer(packets net.PacketConn, name string) {
	buffer := make([]byte, 1500)
	for {
		_, sender, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err := packets.WriteTo([]byte(fmt.Sprintf("%d %s", os.Getpid(), name)), sender); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
