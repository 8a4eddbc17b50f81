package portlease

// The limits of keeping leases alive, each with its reason. Moments of a single lease are in internal/track.

import (
	"time"

	"github.com/portlease/portlease/clients/go/internal/backoff"
)

const (
	// renewalsPerMessageMax is the API's limit of one RenewLeases message.
	renewalsPerMessageMax = 1_000
	// gather: leases that are granted together are renewed together; the first renewal waits this long for others.
	gather = 20 * time.Millisecond
	// pulse: while it has leases a client looks at the clock this often at least, so that it notices when the machine slept.
	pulse = time.Second
	// closeGrace is how long a session that was ended in order may take to close before it is given up.
	closeGrace = time.Second
)

// takeAlong: a renewal takes along the leases that are due within a twentieth of their TTL, and at most within a second.
func takeAlong(ttl time.Duration) time.Duration { return min(ttl/20, time.Second) }

// answerMax: a renewal that is not answered for a sixth of the shortest TTL (250 ms to 5 s) was lost: the session is given up. So at
// least one more try fits in before the lease is in jeopardy.
func answerMax(shortestTTL time.Duration) time.Duration {
	return min(max(shortestTTL/6, 250*time.Millisecond), 5*time.Second)
}

// retryMax: tries to reach the broker again, or to renew again, are at most a tenth of the shortest TTL apart, and at most 5 s.
func retryMax(shortestTTL time.Duration) time.Duration { return min(shortestTTL/10, backoff.Last) }

// askedRetryMax is the longest delay that the broker may ask for between two tries: less than the wait that puts a lease in jeopardy.
func askedRetryMax(ttl time.Duration) time.Duration { return ttl / 6 }
