package portlease

// Where the broker is: what the program says, PORTLEASE_ADDRESS, the broker's discovery file, or its default address.

import (
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// DefaultAddress is where a broker listens unless it was told otherwise.
const DefaultAddress = "127.0.0.1:7600"

func findAddress(option string) string {
	if option != "" {
		return option
	}
	if address := os.Getenv("PORTLEASE_ADDRESS"); address != "" {
		return address
	}
	if address := discoveredAddress(discoveryFile()); address != "" {
		return address
	}
	return DefaultAddress
}

// discoveryFile is where the broker of this host says where it listens; "" where there is no such place.
func discoveryFile() string {
	if runtime.GOOS == "windows" {
		programData := os.Getenv("ProgramData")
		if programData == "" {
			programData = `C:\ProgramData`
		}
		return filepath.Join(programData, "portlease", "broker.json")
	}
	if os.Geteuid() == 0 {
		return "/run/portlease/broker.json"
	}
	directory := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(directory) {
		return ""
	}
	return filepath.Join(directory, "portlease", "broker.json")
}

// discoveredAddress is the first address in the file that can be used; "" when there is none, when the file is not to be trusted,
// or when the broker that wrote it runs no more. Only addresses of this host count: in some systems' shared folders anybody may put
// such a file, and holder keys must not be led to another host by it.
func discoveredAddress(path string) string {
	if path == "" {
		return ""
	}
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	if !ownerTrusted(file) {
		return ""
	}
	var found struct {
		Addresses []string `json:"addresses"`
		ProcessID int      `json:"processId"`
	}
	if json.NewDecoder(file).Decode(&found) != nil || !processRuns(found.ProcessID) {
		return ""
	}
	for _, address := range found.Addresses {
		if staysOnThisHost(address) && !isPipe(address) {
			return address
		}
	}
	return ""
}

// isPipe says whether the address is a named pipe of Windows, which gRPC for Go cannot connect to by itself.
func isPipe(address string) bool {
	return strings.HasPrefix(address, `unix:\\`) || strings.HasPrefix(address, "unix://./pipe")
}

var schemes = regexp.MustCompile(`^(?:dns|ipv4|ipv6|passthrough):(?://[^/]*/)?`)

// hostOf is the host of an address such as "dns:///db.example:7600", "[::1]:7600" or "127.0.0.1"; "" for local sockets.
// https://github.com/grpc/grpc/blob/master/doc/naming.md
func hostOf(address string) string {
	if strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:") {
		return ""
	}
	plain := schemes.ReplaceAllString(address, "")
	if host, _, err := net.SplitHostPort(plain); err == nil {
		return host
	}
	return strings.Trim(plain, "[]")
}

// staysOnThisHost is true only where nothing of a call leaves this host: a local socket, or an address of the loopback interface.
func staysOnThisHost(address string) bool {
	host := hostOf(address)
	if host == "" {
		local := strings.HasPrefix(address, "unix:") || strings.HasPrefix(address, "unix-abstract:")
		// A named pipe of another host has its name in place of the dot.
		return local && (!strings.HasPrefix(address, `unix:\\`) || strings.HasPrefix(address, `unix:\\.\`))
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
