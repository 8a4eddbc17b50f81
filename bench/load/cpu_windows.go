package main

import (
	"syscall"
	"time"
)

// cpuTime is what all threads of this process have used.
// https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-getprocesstimes
func cpuTime() time.Duration {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	var creation, exit, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(process, &creation, &exit, &kernel, &user); err != nil {
		return 0
	}
	return hundredNanoseconds(kernel) + hundredNanoseconds(user)
}

func hundredNanoseconds(time_ syscall.Filetime) time.Duration {
	return time.Duration((int64(time_.HighDateTime)<<32 | int64(time_.LowDateTime)) * 100)
}
