// An HTTP server that listens where "portlease run" says, with the standard library only.
//
// On Linux it takes the listening socket that it was given (systemd's socket activation,
// https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html); without one it binds the number in PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	firstPassedDescriptor = 3
	// How long open requests may go on after SIGTERM.
	drain = 5 * time.Second
)

func main() {
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(hello), ReadHeaderTimeout: 10 * time.Second}

	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	drained := make(chan error, 1)
	go func() {
		<-asked.Done()
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		drained <- server.Shutdown(ctx)
	}()

	fmt.Printf("Go serves on port %s\n", os.Getenv("PORT"))
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	if err := <-drained; err != nil {
		log.Fatal(err)
	}
}

func listen() (net.Listener, error) {
	// The variables may be meant for another process: one above this one.
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return net.Listen("tcp", ":"+os.Getenv("PORT"))
	}
	// FileListener makes a copy; the original is not needed any more.
	file := os.NewFile(firstPassedDescriptor, "leased port")
	defer file.Close()
	return net.FileListener(file)
}

func hello(writer http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(writer, "hello from Go")
}
