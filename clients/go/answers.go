package portlease

// What the broker says on a session, and what it does to the leases it is about.

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/portlease/portlease/clients/go/internal/backoff"
	"github.com/portlease/portlease/clients/go/internal/track"
	pb "github.com/portlease/portlease/clients/go/portleasev1"
	"google.golang.org/grpc/codes"
)

func (k *keeper) received(event sessionEvent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	// A session that was given up may still bring something; its requests count as failed already.
	if event.session != k.session {
		return
	}
	if event.response == nil {
		var failure *Error
		if !errors.Is(event.err, io.EOF) {
			failure = errorOfCall(context.Background(), event.err, k.address)
		}
		k.sessionEnded(failure, now)
		return
	}
	// A broker that only says goodbye, again and again, does not count as back.
	if event.response.GetGoingAway() == nil {
		k.failures = 0
	}
	switch response := event.response.GetResponse().(type) {
	case *pb.SessionResponse_RenewLeases:
		k.answered(event.response.GetRequestNumber(), response.RenewLeases.GetLeases(), now)
	case *pb.SessionResponse_Error:
		k.refused(event.response.GetRequestNumber(), errorOfStatus(response.Error), now)
	case *pb.SessionResponse_LeaseNotice:
		k.noticed(response.LeaseNotice, now)
	case *pb.SessionResponse_GoingAway:
		k.log.Info("the broker is about to stop; its leases go on", "message", response.GoingAway.GetMessage())
		k.session.leave(now)
	}
}

// answered: the broker answered with a result per lease. A lease without a result is tried again.
func (k *keeper) answered(number uint64, results []*pb.LeaseRenewal, now time.Time) {
	renewal := k.take(number)
	if renewal == nil {
		return
	}
	byID := make(map[string]*pb.LeaseRenewal, len(results))
	for _, result := range results {
		byID[result.GetLeaseId()] = result
	}
	for _, lease := range renewal.leases {
		if lease.track.Ended() == nil {
			k.apply(lease, renewal, byID[lease.grant.id], now)
			lease.look(now)
		}
	}
}

// refused: the broker refused the message as a whole, so all its leases are tried again.
func (k *keeper) refused(number uint64, failure *Error, now time.Time) {
	renewal := k.take(number)
	if renewal == nil {
		return
	}
	for _, lease := range renewal.leases {
		k.retryRenewal(lease, renewal, failure, now)
	}
}

func (k *keeper) take(number uint64) *pendingRenewal {
	renewal := k.pending[number]
	delete(k.pending, number)
	return renewal
}

// apply takes one result in; it is nil when the answer left the lease out.
func (k *keeper) apply(lease *Lease, renewal *pendingRenewal, result *pb.LeaseRenewal, now time.Time) {
	if status := result.GetError(); status != nil {
		failure := errorOfStatus(status)
		if reason := finalReason(failure); reason != "" {
			lease.track.EndWith(track.End{State: track.Lost, Reason: reason, Message: failure.message})
			return
		}
		k.retryRenewal(lease, renewal, failure, now)
		return
	}
	ttl := result.GetTtl().AsDuration()
	if ttl <= 0 {
		k.retryRenewal(lease, renewal, newError(codes.Internal, ReasonBrokerAnswerInvalid, nil, nil,
			"the broker did not say for how long it renewed the lease. Upgrade client and broker to the same version"), now)
		return
	}
	lease.lastFailure = nil
	lease.track.Renewed(renewal.sent, ttl, k.random())
	if reservations := result.GetReservations(); len(reservations) > 0 {
		lease.reservations = reservations
	}
	for _, warning := range result.GetWarnings() {
		k.log.Warn(warning.GetMessage(), "lease_id", lease.grant.id, "reason", warning.GetReason())
	}
}

func (k *keeper) retryRenewal(lease *Lease, renewal *pendingRenewal, failure *Error, now time.Time) {
	ttl := lease.track.TTL()
	own := backoff.After(lease.track.Failures()+1, k.random(), retryMax(ttl))
	lease.lastFailure = failure
	lease.track.Failed(renewal.sent, now.Add(max(own, min(failure.RetryDelay, askedRetryMax(ttl)))))
	k.log.Warn("a lease was not renewed; it is tried again", "lease_id", lease.grant.id, "reason", failure.Reason)
}

// finalReason is why a lease cannot be renewed any more; "" for errors that may pass, such as UNAVAILABLE.
func finalReason(failure *Error) string {
	switch {
	case failure.Reason == "HOLDER_KEY_MISMATCH":
		return failure.Reason
	case failure.Reason == "LEASE_NOT_FOUND" || failure.Reason == "LEASE_ENDED" || failure.Code == codes.NotFound:
		return "LEASE_NOT_FOUND"
	default:
		return ""
	}
}

func (k *keeper) noticed(notice *pb.LeaseNotice, now time.Time) {
	lease := k.leases[notice.GetLeaseId()]
	if lease == nil {
		return
	}
	switch notice.GetType() {
	case pb.LeaseNotice_TYPE_ENDED:
		lease.track.EndWith(track.End{State: track.Lost, Reason: endReason(notice.GetEndReason()), Message: notice.GetMessage()})
		lease.look(now)
	case pb.LeaseNotice_TYPE_TOKEN_CHANGED:
		lease.reservations = notice.GetReservations()
	case pb.LeaseNotice_TYPE_DRAIN_ASKED:
		lease.draining = true
		lease.tellChanged()
	}
}

func endReason(reason pb.LeaseEndReason) string {
	switch reason {
	case pb.LeaseEndReason_LEASE_END_REASON_RELEASED:
		return "RELEASED"
	case pb.LeaseEndReason_LEASE_END_REASON_EXPIRED:
		return "EXPIRED"
	case pb.LeaseEndReason_LEASE_END_REASON_REVOKED:
		return "REVOKED"
	case pb.LeaseEndReason_LEASE_END_REASON_HOLDER_EXITED:
		return "HOLDER_EXITED"
	case pb.LeaseEndReason_LEASE_END_REASON_NEVER_BOUND:
		return "NEVER_BOUND"
	case pb.LeaseEndReason_LEASE_END_REASON_PORT_LOST:
		return "PORT_LOST"
	case pb.LeaseEndReason_LEASE_END_REASON_CALLER_GONE:
		return "CALLER_GONE"
	default:
		// A broker newer than this client may name a reason that is not known here.
		return "LEASE_NOT_FOUND"
	}
}
