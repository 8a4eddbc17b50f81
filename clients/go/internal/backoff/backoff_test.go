package backoff

import (
	"testing"
	"time"
)

func TestWaitsDoubleUpToALimit(t *testing.T) {
	for _, step := range []struct {
		failures int
		random   float64
		want     time.Duration
	}{
		{1, 0, 50 * time.Millisecond},
		{2, 0, 100 * time.Millisecond},
		{3, 0.5, 300 * time.Millisecond},
		{1000, 0, Last / 2},
	} {
		if got := After(step.failures, step.random, Last); got != step.want {
			t.Errorf("after %d failures: %v, want %v", step.failures, got, step.want)
		}
	}
	if got := After(1, 0, 10*time.Millisecond); got != 5*time.Millisecond {
		t.Errorf("a short limit bounds the first wait too: %v", got)
	}
}
