package sink

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
)

// maxToken is the largest token file that is read.
const maxToken = 64 << 10

// bearer is the token of an output, from a file. No error has a part of it.
type bearer struct {
	path string // empty: there is none

	mu    sync.Mutex
	token secrets.Value
}

func openBearer(path string) (*bearer, error) {
	b := &bearer{path: path}
	return b, b.read()
}

// read reads the file again. With an error the token is what it was.
func (b *bearer) read() error {
	if b.path == "" {
		return nil
	}
	file, err := os.Open(b.path)
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxToken+1))
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if err := checkToken(token); err != nil {
		return fmt.Errorf("read the token %s: %w", b.path, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = secrets.NewValue(token)
	return nil
}

// warnOfReaders logs that others can read the file. That is no error: some file systems and orchestrators give no other mode.
func warnOfReaders(path string, log hclog.Logger) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		log.Warn("every user of this machine can read the token: give its file the mode 0600", "token_file", path, "mode", fmt.Sprintf("%04o", info.Mode().Perm()))
	}
}

func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("the file is empty")
	case len(token) > maxToken:
		return fmt.Errorf("the file has more than %d bytes", maxToken)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("a token is one word of printable ASCII characters: the file has others")
	}
	return nil
}

func (b *bearer) value() secrets.Value {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.token
}

// refused is what to do where a server does not take the token.
func (b *bearer) refused() string {
	if b.path == "" {
		return "it wants a token: give its file with --token-file"
	}
	return "it does not take the token: write a valid one to " + b.path + ", then send SIGHUP"
}

// hide takes a token out of a text: a server may send it back.
func hide(text string, token secrets.Value) string {
	if !token.IsSet() {
		return text
	}
	secret := token.Reveal()
	quoted := strconv.Quote(secret)
	text = strings.ReplaceAll(text, secret, secrets.Redacted)
	return strings.ReplaceAll(text, quoted[1:len(quoted)-1], secrets.Redacted)
}
