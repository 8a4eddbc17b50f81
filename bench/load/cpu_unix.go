//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime is what all threads of this process have used. https://man7.org/linux/man-pages/man2/getrusage.2.html
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
