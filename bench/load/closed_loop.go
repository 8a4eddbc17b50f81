package main

// Keeps a fixed number of turns under way and measures a window of that. Knows nothing of what they ask.

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

type event struct {
	Event string `json:"event"`
}

type figures struct {
	Event      string  `json:"event"`
	Calls      int     `json:"calls"`
	DurationMs float64 `json:"durationMs"`
	P50Ms      float64 `json:"p50Ms"`
	P99Ms      float64 `json:"p99Ms"`
	MaxMs      float64 `json:"maxMs"`
	// CPUUs is the CPU time of all threads of this process in the window.
	CPUUs float64 `json:"cpuUs"`
}

// A window without a single request is prolonged up to this; then the server hangs.
const emptyMax = 30 * time.Second

var errNoAnswer = errors.New("the server does not answer")

// A lane has its own list, so that noting a request takes no lock.
type lane struct {
	tookMs []float64
}

func measure(ctx context.Context, turn turn, asked options) (figures, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var inWindow, stopped atomic.Bool
	var counted atomic.Int64
	lanes := make([]lane, asked.concurrency)
	var running sync.WaitGroup
	for index := range lanes {
		own := &lanes[index]
		timed := func(request func() error) error {
			start := time.Now()
			if err := request(); err != nil {
				return err
			}
			// Counted where it ends: what was under way when the window began is made up for by what is when it ends.
			if inWindow.Load() {
				own.tookMs = append(own.tookMs, float64(time.Since(start))/float64(time.Millisecond))
				counted.Add(1)
			}
			return nil
		}
		running.Go(func() {
			for !stopped.Load() && ctx.Err() == nil {
				if err := turn(ctx, index, timed); err != nil {
					cancel(err)
				}
			}
		})
	}
	pause(ctx, asked.warmUp)
	if ctx.Err() != nil {
		running.Wait()
		return figures{}, context.Cause(ctx)
	}
	start, startCPU := time.Now(), cpuTime()
	inWindow.Store(true)
	say(event{"began"})
	pause(ctx, asked.window)
	for counted.Load() == 0 && ctx.Err() == nil {
		if time.Since(start) > emptyMax {
			cancel(errNoAnswer)
		}
		pause(ctx, asked.window)
	}
	inWindow.Store(false)
	took, usedCPU := time.Since(start), cpuTime()-startCPU
	say(event{"ended"})
	stopped.Store(true)
	running.Wait()
	if err := context.Cause(ctx); err != nil {
		return figures{}, err
	}
	return figuresOf(lanes, took, usedCPU), nil
}

func figuresOf(lanes []lane, took, usedCPU time.Duration) figures {
	var all []float64
	for _, lane := range lanes {
		all = append(all, lane.tookMs...)
	}
	slices.Sort(all)
	return figures{
		Event:      "figures",
		Calls:      len(all),
		DurationMs: float64(took) / float64(time.Millisecond),
		P50Ms:      quantile(all, 0.5),
		P99Ms:      quantile(all, 0.99),
		MaxMs:      quantile(all, 1),
		CPUUs:      float64(usedCPU) / float64(time.Microsecond),
	}
}

// quantile is the value at a share (0 to 1) of sorted values, between neighbours where it must be; 0 for none.
func quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	position := float64(len(sorted)-1) * share
	below := int(position)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (sorted[above]-sorted[below])*(position-float64(below))
}

func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
