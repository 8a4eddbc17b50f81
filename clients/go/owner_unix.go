//go:build unix

package portlease

import (
	"errors"
	"os"
	"syscall"
)

// ownerTrusted says whether root or the own user wrote the file, and nobody else may change it.
func ownerTrusted(file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	const writableByOthers = 0o022
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Geteuid()) && info.Mode().Perm()&writableByOthers == 0
}

// processRuns: a broker that was killed leaves its file. One of another user may not be signalled, but lives.
func processRuns(processID int) bool {
	if processID <= 0 {
		return false
	}
	err := syscall.Kill(processID, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
