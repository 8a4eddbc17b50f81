package main

// One Session stream with many requests under way: matches answers to requests by number. No reconnecting and no keeping of leases:
// what is measured is the broker and the protocol, not a client library.

import (
	"context"
	"fmt"
	"sync"

	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/status"
)

type session struct {
	stream pb.LeaseService_SessionClient
	// A stream takes one message at a time: https://pkg.go.dev/google.golang.org/grpc#ClientStream
	sending sync.Mutex
	waiting sync.Mutex
	answers map[uint64]chan *pb.SessionResponse
	number  uint64
	ended   chan struct{}
	why     error
}

func openSession(ctx context.Context, leases pb.LeaseServiceClient) (*session, error) {
	stream, err := leases.Session(ctx)
	if err != nil {
		return nil, err
	}
	opened := &session{stream: stream, answers: map[uint64]chan *pb.SessionResponse{}, ended: make(chan struct{})}
	go opened.read()
	return opened, nil
}

func (session *session) read() {
	for {
		response, err := session.stream.Recv()
		if err != nil {
			session.why = err
			close(session.ended)
			return
		}
		session.waiting.Lock()
		answer := session.answers[response.RequestNumber]
		delete(session.answers, response.RequestNumber)
		session.waiting.Unlock()
		// What the broker says by itself has no number, and nobody waits for it.
		if answer != nil {
			answer <- response
		}
	}
}

// ask sends one request and waits for its answer.
func (session *session) ask(ctx context.Context, request *pb.SessionRequest) (*pb.SessionResponse, error) {
	answer := make(chan *pb.SessionResponse, 1)
	session.waiting.Lock()
	session.number++
	request.RequestNumber = session.number
	session.answers[request.RequestNumber] = answer
	session.waiting.Unlock()
	session.sending.Lock()
	err := session.stream.Send(request)
	session.sending.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case response := <-answer:
		if failure := response.GetError(); failure != nil {
			return nil, status.ErrorProto(failure)
		}
		return response, nil
	case <-session.ended:
		return nil, fmt.Errorf("the session ended: %w", session.why)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (session *session) acquire(ctx context.Context, request *pb.AcquireLeaseRequest) (*pb.AcquireLeaseResponse, error) {
	response, err := session.ask(ctx, &pb.SessionRequest{Request: &pb.SessionRequest_AcquireLease{AcquireLease: request}})
	if err != nil {
		return nil, err
	}
	return response.GetAcquireLease(), nil
}

func (session *session) release(ctx context.Context, leaseID, holderKey string) error {
	request := &pb.ReleaseLeaseRequest{LeaseId: leaseID, HolderKey: holderKey}
	_, err := session.ask(ctx, &pb.SessionRequest{Request: &pb.SessionRequest_ReleaseLease{ReleaseLease: request}})
	return err
}

// renew fails when any of the leases could not be renewed.
func (session *session) renew(ctx context.Context, leases []*pb.RenewLeaseRequest) error {
	request := &pb.SessionRequest_RenewLeases{RenewLeases: &pb.RenewLeases{Leases: leases}}
	response, err := session.ask(ctx, &pb.SessionRequest{Request: request})
	if err != nil {
		return err
	}
	for _, renewal := range response.GetRenewLeases().GetLeases() {
		if renewal.Error != nil {
			return fmt.Errorf("a renewal failed: %w", status.ErrorProto(renewal.Error))
		}
	}
	return nil
}
