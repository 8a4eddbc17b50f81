package portlease

// How this process proves to a broker who it is, and makes sure who the broker is: token and certificates.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

type access struct {
	transport credentials.TransportCredentials
	// token is nil when the calls carry none.
	token *bearer
}

func newAccess(address string, settings settings) (access, error) {
	var found access
	found.transport = insecure.NewCredentials()
	secured, err := settings.tlsConfig(address)
	if err != nil {
		return found, err
	}
	if secured != nil {
		found.transport = credentials.NewTLS(secured)
	}
	if settings.tokenFile == "" {
		return found, nil
	}
	if secured == nil && !staysOnThisHost(address) {
		return found, optionInvalid("tokenFile", nil,
			"the token is not sent to %s: it is another host, and without TLS everybody on the way could read it. Give the broker's "+
				"certificate authority (WithCAFile or PORTLEASE_CA_FILE), or leave the token out", address)
	}
	// Read now, so that a wrong path is told at once.
	token, err := readToken(settings.tokenFile)
	if err != nil {
		return found, optionInvalid("tokenFile", err,
			"the token file cannot be used: %v. Give the path of a file that has the token in its first line", err)
	}
	found.token = &bearer{path: settings.tokenFile, last: token}
	return found, nil
}

// tlsConfig is nil for clear text. Local sockets speak clear text unless the program says otherwise: what the environment says is
// for brokers on the network.
func (s settings) tlsConfig(address string) (*tls.Config, error) {
	if s.tls != nil {
		return s.tls.Clone(), nil
	}
	files := s.tlsFiles
	if hostOf(address) != "" && files == (tlsFiles{}) {
		files = tlsFiles{os.Getenv("PORTLEASE_CA_FILE"), os.Getenv("PORTLEASE_CERT_FILE"), os.Getenv("PORTLEASE_KEY_FILE")}
	}
	if files == (tlsFiles{}) {
		return nil, nil
	}
	config, err := files.config()
	if err != nil {
		return nil, optionInvalid("tls", err, "the TLS files cannot be used: %v", err)
	}
	config.ServerName = s.serverName
	return config, nil
}

type tlsFiles struct{ ca, cert, key string }

func (f tlsFiles) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ca != "" && f.ca != "system" {
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate in PEM", f.ca)
		}
	}
	if (f.cert == "") != (f.key == "") {
		return nil, errors.New("a certificate needs its key and a key its certificate; give both or none")
	}
	if f.cert != "" {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// bearer reads the token for each call: a broker's tokens are replaced while its clients run. A file that cannot be read any more,
// or is half written, leaves the last one: the broker knows whether it is still good.
type bearer struct {
	path string

	mu   sync.Mutex
	last string
}

func (b *bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if token, err := readToken(b.path); err == nil {
		b.last = token
	}
	return map[string]string{"authorization": "Bearer " + b.last}, nil
}

// RequireTransportSecurity is false because newAccess has looked: clear text goes to this host only.
func (b *bearer) RequireTransportSecurity() bool { return false }

var visible = regexp.MustCompile(`^[\x21-\x7e]+$`)

// readToken never shows what it read.
func readToken(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	const tokenBytesMax = 16_384
	text, err := io.ReadAll(io.LimitReader(file, tokenBytesMax))
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	token := strings.TrimSpace(first)
	if !visible.MatchString(token) {
		return "", fmt.Errorf("the first line of %s is no token: it is empty or has other characters than visible ASCII ones", path)
	}
	return token, nil
}
