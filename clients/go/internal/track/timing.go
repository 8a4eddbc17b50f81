package track

import "time"

const (
	// A renewal is due when about a third of the TTL has gone: two more tries fit in before the lease is in jeopardy, and more
	// after.
	renewAfterShare = 1.0 / 3
	// A renewal may come earlier by this share of its wait, so that leases granted together do not stay in step.
	renewJitterShare = 0.1
	// A lease is in jeopardy when less than this share of its TTL is left.
	jeopardyLeftShare = 1.0 / 3
	// A lease counts as lost this share of its TTL before its deadline. Broker and client of one host read one clock, so 1 % is
	// for a broker in a virtual machine: the kernel corrects a clock by at most 0.05 %
	// (https://man7.org/linux/man-pages/man2/adjtimex.2.html) and crystals are off by less than 0.02 %.
	safetyMarginShare = 0.01
	// And this much, for timers that fire late (a Windows timer tick is 15.6 ms) and for the rounding of durations.
	safetyMargin = 20 * time.Millisecond
	// A pause of the process matters to a lease when it was longer than this share of its TTL.
	pauseShare = 0.1
	// After a pause past the deadline the broker has this share of the TTL to answer; then the lease is lost.
	doubtShare = 1.0 / 3
)

// GrantMoment is the earliest moment at which the broker can have granted what it answered: the request had been sent, and then
// the broker took wait by its own word, which is believed only as far as the answer took that long.
func GrantMoment(sent, answered time.Time, wait time.Duration) time.Time {
	if granted := sent.Add(max(0, wait)); granted.Before(answered) {
		return granted
	}
	return answered
}

func share(d time.Duration, of float64) time.Duration {
	return time.Duration(float64(d) * of)
}

// renewMoment is when to renew a lease whose TTL began at from.
func renewMoment(from time.Time, ttl time.Duration, random float64) time.Time {
	return from.Add(share(ttl, renewAfterShare*(1-renewJitterShare*random)))
}

// margin is how long before the broker's deadline the lease is lost.
func margin(ttl time.Duration) time.Duration {
	// Half of the TTL keeps the moments in order for a TTL of a few milliseconds, as only tests have.
	return min(share(ttl, safetyMarginShare)+safetyMargin, ttl/2)
}
