package portlease

// The options of a Client and their defaults.

import (
	"crypto/tls"
	"log/slog"
	"os"
	"time"

	"google.golang.org/grpc"
)

// An Option changes how a Client finds and talks to its broker.
type Option func(*settings)

type settings struct {
	address        string
	tokenFile      string
	tls            *tls.Config
	tlsFiles       tlsFiles
	serverName     string
	acquireTimeout time.Duration
	log            *slog.Logger
	dialOptions    []grpc.DialOption
}

func newSettings(options []Option) settings {
	made := settings{
		tokenFile:      os.Getenv("PORTLEASE_TOKEN_FILE"),
		acquireTimeout: 30 * time.Second,
		log:            slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		option(&made)
	}
	made.address = findAddress(made.address)
	return made
}

// WithAddress says where the broker is, such as "127.0.0.1:7600" or "unix:/run/portlease.sock". Default: PORTLEASE_ADDRESS, then what
// the broker of this host wrote into its discovery file, then [DefaultAddress].
func WithAddress(address string) Option {
	return func(s *settings) { s.address = address }
}

// WithTokenFile names a file whose first line is the bearer token; it is read again for each call. Never sent to another host in
// clear text. Default: PORTLEASE_TOKEN_FILE, else no token.
func WithTokenFile(path string) Option {
	return func(s *settings) { s.tokenFile = path }
}

// WithCAFile turns TLS on and names the authorities (PEM) that are believed; "system" believes those of the host. Default:
// PORTLEASE_CA_FILE; TLS is also on when a certificate of this client is given, here or by PORTLEASE_CERT_FILE and
// PORTLEASE_KEY_FILE.
func WithCAFile(path string) Option {
	return func(s *settings) { s.tlsFiles.ca = path }
}

// WithCertificate names the certificate of this client with its chain, and its key (PEM), for a broker that asks for one.
func WithCertificate(certFile, keyFile string) Option {
	return func(s *settings) { s.tlsFiles.cert, s.tlsFiles.key = certFile, keyFile }
}

// WithServerName is the name that the broker's certificate must have, where it is not the host of the address.
func WithServerName(name string) Option {
	return func(s *settings) { s.serverName = name }
}

// WithTLS is TLS for what the other options cannot say; it takes their place.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.tls = config }
}

// WithAcquireTimeout bounds how long Acquire tries to reach the broker where its context does not end earlier; default 30 s. Time in
// line (AcquireOptions.MaxWait) comes on top.
func WithAcquireTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.acquireTimeout = timeout }
}

// WithLogger gets what happens between client and broker; default nothing. Never gets a secret.
func WithLogger(log *slog.Logger) Option {
	return func(s *settings) { s.log = log }
}

// WithDialOptions adds options of the gRPC connection.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dialOptions = append(s.dialOptions, options...) }
}
