// Package pause notices that this process did not run for a while: stopped, starved, or on a machine that slept.
package pause

import "time"

const (
	// wallJump: the wall clock is compared too, because the monotonic clock of Linux stands still during sleep. It counts only
	// from here on: smaller steps are corrections of the time.
	wallJump = 2 * time.Second
	// shortest: timers are never quite on time, least on Windows with its tick of 15.6 ms; a delay below this is no pause.
	shortest = 20 * time.Millisecond
)

// A Detector compares when a process meant to run with when it did. It is not safe for concurrent use.
type Detector struct {
	expected time.Time
	lastWall time.Time
	last     time.Time
	waiting  bool
}

// New returns a detector that expects nothing yet. now is a time of time.Now, which has both clocks in it.
func New(now time.Time) *Detector {
	return &Detector{last: now, lastWall: wallOf(now)}
}

// Expect says that the process means to run again at that time at the latest.
func (d *Detector) Expect(at time.Time) {
	d.expected, d.waiting = at, true
}

// Runs says that the process runs, and returns for how long it did not though it meant to; 0 for no pause.
func (d *Detector) Runs(now time.Time) time.Duration {
	return d.runs(now, wallOf(now))
}

func (d *Detector) runs(now, wall time.Time) time.Duration {
	var late time.Duration
	if d.waiting {
		late = max(0, now.Sub(d.expected))
	}
	slept := wall.Sub(d.lastWall) - now.Sub(d.last)
	d.last, d.lastWall = now, wall
	// One pause counts once, though the timer that was due in it may fire only after this.
	if d.expected.Before(now) {
		d.expected = now
	}
	paused := late
	if slept >= wallJump {
		paused = max(late, slept)
	}
	if paused < shortest {
		return 0
	}
	return paused
}

// wallOf strips the monotonic clock: https://pkg.go.dev/time#hdr-Monotonic_Clocks
func wallOf(now time.Time) time.Time {
	return now.Round(0)
}
