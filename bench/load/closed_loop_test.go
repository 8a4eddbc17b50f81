package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestQuantileIsBetweenNeighbours(t *testing.T) {
	for _, each := range []struct {
		sorted []float64
		share  float64
		want   float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.99, 7},
		{[]float64{1, 2}, 0.5, 1.5},
		{[]float64{1, 2, 3, 4, 5}, 0.5, 3},
		{[]float64{1, 2, 3, 4, 5}, 1, 5},
	} {
		if got := quantile(each.sorted, each.share); got != each.want {
			t.Errorf("quantile(%v, %v) is %v, not %v", each.sorted, each.share, got, each.want)
		}
	}
}

func TestFiguresAreOfAllLanes(t *testing.T) {
	lanes := []lane{{tookMs: []float64{3, 1}}, {}, {tookMs: []float64{2}}}
	got := figuresOf(lanes, time.Second, 40*time.Millisecond)
	want := figures{Event: "figures", Calls: 3, DurationMs: 1000, P50Ms: 2, P99Ms: 2.98, MaxMs: 3, CPUUs: 40_000}
	if got != want {
		t.Errorf("the figures are %+v, not %+v", got, want)
	}
}

func TestOneRequestThatFailsEndsAll(t *testing.T) {
	failure := errors.New("refused")
	turn := func(_ context.Context, lane int, timed timed) error {
		return timed(func() error {
			if lane == 2 {
				return failure
			}
			return nil
		})
	}
	asked := options{concurrency: 4, warmUp: time.Hour, window: time.Hour}
	if _, err := measure(context.Background(), turn, asked); !errors.Is(err, failure) {
		t.Errorf("it ended with %v", err)
	}
}

func TestInParallelDoesEachOnce(t *testing.T) {
	done := make([]int, 10)
	if err := inParallel(len(done), 3, func(index int) error { done[index]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for index, times := range done {
		if times != 1 {
			t.Errorf("%d was done %d times", index, times)
		}
	}
}
