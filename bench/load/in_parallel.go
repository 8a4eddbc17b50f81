package main

import (
	"errors"
	"sync"
	"sync/atomic"
)

// inParallel does count things, atOnce at a time, and returns what failed.
func inParallel(count, atOnce int, do func(index int) error) error {
	var next atomic.Int64
	failures := make([]error, min(count, atOnce))
	var running sync.WaitGroup
	for worker := range failures {
		running.Go(func() {
			for {
				index := int(next.Add(1)) - 1
				if index >= count {
					return
				}
				if err := do(index); err != nil {
					failures[worker] = err
					return
				}
			}
		})
	}
	running.Wait()
	return errors.Join(failures...)
}
