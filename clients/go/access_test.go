package portlease

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

func wantReason(t *testing.T, err error, code codes.Code, reason string) *Error {
	t.Helper()
	var own *Error
	if !errors.As(err, &own) || own.Code != code || own.Reason != reason {
		t.Fatalf("got %v, want %v %s", err, code, reason)
	}
	return own
}

func tokenFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestATokenIsNotSentToAnotherHostInClearText(t *testing.T) {
	secret := "secret-token"
	_, err := NewClient(WithAddress("10.0.0.1:7600"), WithTokenFile(tokenFile(t, secret+"\n")))
	own := wantReason(t, err, codes.InvalidArgument, ReasonOptionInvalid)
	if strings.Contains(own.Error(), secret) {
		t.Error("the error shows the token")
	}
	client, err := NewClient(WithAddress("10.0.0.1:7600"), WithTokenFile(tokenFile(t, secret)), WithCAFile("system"))
	if err != nil {
		t.Fatalf("with TLS: %v", err)
	}
	client.Close()
}

func TestFilesThatCannotBeUsedAreToldAtOnce(t *testing.T) {
	for name, option := range map[string]Option{
		"no token file":         WithTokenFile(filepath.Join(t.TempDir(), "none")),
		"an empty token":        WithTokenFile(tokenFile(t, "\nsecond line")),
		"an unprintable token":  WithTokenFile(tokenFile(t, "a\x01b")),
		"no authority":          WithCAFile(filepath.Join(t.TempDir(), "none")),
		"no PEM":                WithCAFile(tokenFile(t, "nothing")),
		"a certificate, no key": WithCertificate(tokenFile(t, "x"), ""),
		"a named pipe":          WithAddress(`unix:\\.\pipe\portlease`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewClient(WithAddress("127.0.0.1:1"), option)
			wantReason(t, err, codes.InvalidArgument, ReasonOptionInvalid)
		})
	}
}

func TestATokenIsReadAgainWhenItChanges(t *testing.T) {
	path := tokenFile(t, "first\n")
	found, err := newAccess("127.0.0.1:1", settings{tokenFile: path})
	if err != nil {
		t.Fatal(err)
	}
	want := func(token string) {
		t.Helper()
		metadata, err := found.token.GetRequestMetadata(context.Background())
		if err != nil || metadata["authorization"] != "Bearer "+token {
			t.Errorf("sent %v, %v", metadata, err)
		}
	}
	want("first")
	if err := os.WriteFile(path, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("second")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want("second")
}
