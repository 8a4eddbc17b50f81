package pause

import (
	"testing"
	"time"
)

func TestALateWakeUpIsAPauseOnce(t *testing.T) {
	start := time.Now()
	detector := New(start)
	detector.Expect(start.Add(time.Second))
	if got := detector.Runs(start.Add(1010 * time.Millisecond)); got != 0 {
		t.Errorf("a timer that is 10 ms late: %v", got)
	}
	detector.Expect(start.Add(2 * time.Second))
	if got := detector.Runs(start.Add(5 * time.Second)); got != 3*time.Second {
		t.Errorf("3 s late: %v", got)
	}
	if got := detector.Runs(start.Add(5001 * time.Millisecond)); got != 0 {
		t.Errorf("the same pause again: %v", got)
	}
}

func TestNobodyIsLateWhoExpectedNothing(t *testing.T) {
	start := time.Now()
	if got := New(start).Runs(start.Add(time.Hour)); got != 0 {
		t.Errorf("paused for %v", got)
	}
}

func TestAMonotonicClockThatStoodStillIsSeenByTheWallClock(t *testing.T) {
	start := time.Now()
	detector := New(start)
	detector.Expect(start.Add(time.Second))
	now := start.Add(500 * time.Millisecond)
	if got := detector.runs(now, wallOf(now).Add(time.Hour)); got != time.Hour {
		t.Errorf("slept for an hour: %v", got)
	}
	later := now.Add(time.Millisecond)
	if got := detector.runs(later, wallOf(later).Add(time.Hour+time.Second)); got != 0 {
		t.Errorf("a clock set by a second: %v", got)
	}
}
