package main

// The same of Redis: a name that only one may have, with an end, and its removal. One connection, requests as they come, answers in
// their order. https://redis.io/docs/latest/develop/reference/protocol-spec/

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
)

const redisTTLMs = "60000"

func openRedisPairs(_ context.Context, address string, concurrency int) (load, error) {
	client, err := dialRedis(address, concurrency)
	if err != nil {
		return load{}, err
	}
	turn := func(ctx context.Context, lane int, timed timed) error {
		key := "bench:" + strconv.Itoa(lane)
		set := func() error { return client.ask(ctx, "+OK", "SET", key, "bench", "NX", "PX", redisTTLMs) }
		if err := timed(set); err != nil {
			return err
		}
		return timed(func() error { return client.ask(ctx, ":1", "DEL", key) })
	}
	return load{turn, func() { client.connection.Close() }}, nil
}

type redisClient struct {
	connection net.Conn
	requests   chan []byte
	sending    sync.Mutex
	// Those who wait, in the order in which their requests were sent.
	waiting chan chan string
	ended   chan struct{}
	why     error
}

// dialRedis connects to the path of a socket.
func dialRedis(path string, concurrency int) (*redisClient, error) {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	client := &redisClient{
		connection: connection,
		requests:   make(chan []byte, concurrency),
		waiting:    make(chan chan string, concurrency),
		ended:      make(chan struct{}),
	}
	go client.write()
	go client.read()
	return client, nil
}

// write sends all requests that are there in one go, as pipelining clients do.
func (client *redisClient) write() {
	buffered := bufio.NewWriter(client.connection)
	for request := range client.requests {
		if _, err := buffered.Write(request); err != nil {
			return
		}
		if len(client.requests) > 0 {
			continue
		}
		// The reader hears of a connection that broke.
		if err := buffered.Flush(); err != nil {
			return
		}
	}
}

func (client *redisClient) read() {
	reader := bufio.NewReader(client.connection)
	for {
		line, err := reader.ReadString('\n')
		if err == nil && len(line) < 3 {
			err = errors.New("an answer is no line of Redis")
		}
		if err != nil {
			client.why = err
			close(client.ended)
			return
		}
		(<-client.waiting) <- line[:len(line)-2]
	}
}

// ask fails when the answer is anything but expected, which must be of one line.
func (client *redisClient) ask(ctx context.Context, expected string, words ...string) error {
	request := []byte("*" + strconv.Itoa(len(words)) + "\r\n")
	for _, word := range words {
		request = append(request, "$"+strconv.Itoa(len(word))+"\r\n"+word+"\r\n"...)
	}
	answer := make(chan string, 1)
	client.sending.Lock()
	client.waiting <- answer
	client.requests <- request
	client.sending.Unlock()
	select {
	case line := <-answer:
		if line != expected {
			return fmt.Errorf("%s was answered with %s", words[0], line)
		}
		return nil
	case <-client.ended:
		return fmt.Errorf("the connection ended: %w", client.why)
	case <-ctx.Done():
		return ctx.Err()
	}
}
