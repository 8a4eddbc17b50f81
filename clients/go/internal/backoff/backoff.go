// Package backoff says how long to wait before the next try.
package backoff

import "time"

const (
	// First is the first wait, before jitter: a broker that only restarts is back within a second.
	First = 100 * time.Millisecond
	// Last is the longest wait, before jitter: short enough that a lease of 30 s sees several tries.
	Last = 5 * time.Second
)

// After returns the wait after that many failures in a row (1 or more): it doubles from First up to longest, and half of it is
// random, so that many clients of a broker that comes back do not call in step. random is from 0 to below 1.
func After(failures int, random float64, longest time.Duration) time.Duration {
	wait := First
	for range failures - 1 {
		if wait >= longest {
			break
		}
		wait *= 2
	}
	wait = min(wait, longest)
	return wait/2 + time.Duration(float64(wait/2)*random)
}
