package portlease

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestOnlyLoopbackAndLocalSocketsStayOnThisHost(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:7600":             true,
		"127.9.9.9":                  true,
		"[::1]:7600":                 true,
		"[::ffff:127.0.0.1]:7600":    true,
		"localhost:7600":             true,
		"dns:///localhost:7600":      true,
		"unix:/run/portlease.sock":   true,
		`unix:\\.\pipe\portlease`:    true,
		`unix:\\db\pipe\portlease`:   false,
		"10.0.0.1:7600":              false,
		"localhost.example.org:7600": false,
		"dns:///db.example:7600":     false,
		"[fe80::1]:7600":             false,
		"0.0.0.0:7600":               false,
	} {
		if got := staysOnThisHost(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestTheAddressComesFromTheProgramThenTheEnvironmentThenTheDefault(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv("ProgramData", t.TempDir())
	t.Setenv("PORTLEASE_ADDRESS", "127.0.0.1:1")
	if got := findAddress("127.0.0.1:2"); got != "127.0.0.1:2" {
		t.Errorf("given: %s", got)
	}
	if got := findAddress(""); got != "127.0.0.1:1" {
		t.Errorf("environment: %s", got)
	}
	t.Setenv("PORTLEASE_ADDRESS", "")
	if discoveredAddress(discoveryFile()) == "" && findAddress("") != DefaultAddress {
		t.Errorf("default: %s", findAddress(""))
	}
}

func TestTheDiscoveryFileIsBelievedOnlySoFar(t *testing.T) {
	write := func(content string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), "broker.json")
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	content := func(addresses string, processID int) string {
		return fmt.Sprintf(`{"version": "1", "addresses": [%s], "processId": %d, "newer": true}`, addresses, processID)
	}
	running := os.Getpid()
	for _, test := range []struct {
		name, content, want string
		mode                os.FileMode
	}{
		{"its first address", content(`"127.0.0.1:7700", "127.0.0.1:7701"`, running), "127.0.0.1:7700", 0o644},
		{"not of another host", content(`"10.0.0.1:7700", "[::1]:7701"`, running), "[::1]:7701", 0o644},
		{"not what cannot be called", content(`"unix:\\\\.\\pipe\\portlease", "127.0.0.1:7700"`, running), "127.0.0.1:7700", 0o644},
		{"not of a broker that is gone", content(`"127.0.0.1:7700"`, 1<<30), "", 0o644},
		{"not without a process", content(`"127.0.0.1:7700"`, 0), "", 0o644},
		{"no JSON", "{", "", 0o644},
		{"not what others may change", content(`"127.0.0.1:7700"`, running), "", 0o666},
	} {
		if runtime.GOOS == "windows" && test.mode == 0o666 {
			continue
		}
		if got := discoveredAddress(write(test.content, test.mode)); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
	if got := discoveredAddress(filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("no file: %q", got)
	}
}

func TestAFileOfAStrangerIsNotBelieved(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("only root can make a file of another user")
	}
	path := filepath.Join(t.TempDir(), "broker.json")
	text := fmt.Sprintf(`{"addresses": ["127.0.0.1:7700"], "processId": %d}`, os.Getpid())
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o644), os.Chown(path, 12_345, 12_345)); err != nil {
		t.Fatal(err)
	}
	if got := discoveredAddress(path); got != "" {
		t.Errorf("believed: %q", got)
	}
}
