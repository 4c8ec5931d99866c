package ssm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
	"github.com/tsboot/tsboot/secrets/secretstest/faulttable"
)

const canary = faulttable.Value

// fast is the shipping policy with waits for tests. An attempt has all the time there is: a slow machine causes no second call.
func fast() *Policy {
	p := DefaultPolicy()
	p.Base, p.Max, p.LocalMax = time.Millisecond, 5*time.Millisecond, 5*time.Millisecond
	p.ThrottleBase, p.ThrottleMax = 2*time.Millisecond, 5*time.Millisecond
	p.AttemptMin, p.AttemptMax = time.Minute, time.Minute
	return &p
}

// hasty is fast with short attempts, for answers that do not come.
func hasty() *Policy {
	p := fast()
	p.AttemptMin, p.AttemptMax = 300*time.Millisecond, 3*time.Second
	return p
}

// store starts a Parameter Store that the test ends.
func store(t *testing.T, opts ...secretstest.Option) *secretstest.Server {
	t.Helper()
	s, err := secretstest.Start("", opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// loadOnce is the shipping configuration of the SDK, loaded but once.
var loadOnce = sync.OnceValues(func() (aws.Config, error) {
	return loadConfig(context.Background(), secretstest.DefaultRegion, "1.2.3", *fast(), logging.Nop{})
})

// options reach a store by configuration and not by environment, so that tests
// can run side by side. The SDK, its signing and its transport are the real ones.
func options(s *secretstest.Server) Options {
	return Options{
		Region:  secretstest.DefaultRegion,
		Timeout: 30 * time.Second,
		Environ: []string{},
		Version: "1.2.3",
		policy:  fast(),
		load: func(context.Context) (aws.Config, error) {
			cfg, err := loadOnce()
			cfg.BaseEndpoint = aws.String(s.URL())
			cfg.Credentials = aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "notasecret", ""))
			return cfg, err
		},
	}
}

// want checks an error's code, kind and words.
func want(t *testing.T, err error, code string, kind secrets.Kind, words ...string) {
	t.Helper()
	var e *secrets.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T), want one of code %s", err, err, code)
	}
	if e.Code != code || e.Kind != kind {
		t.Errorf("code %s, kind %v; want %s, %v: %v", e.Code, e.Kind, code, kind, err)
	}
	if strings.ContainsAny(e.Error(), "\n\r\x00") {
		t.Errorf("more than one line: %q", e.Error())
	}
	for _, w := range words {
		if !strings.Contains(e.Error(), w) {
			t.Errorf("%q is not in: %v", w, err)
		}
	}
}

// logged is a logger at trace and what it wrote.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) logger() hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Output: l, Level: hclog.Trace})
}

// flat writes layers for comparison: values revealed.
func flat(layers []secrets.Layer) string {
	var b strings.Builder
	for _, l := range layers {
		fmt.Fprintf(&b, "%s:", l.Origin)
		for _, p := range l.Parameters {
			fmt.Fprintf(&b, " %s=%s", p.Name, p.Value.Reveal())
		}
		b.WriteString("\n")
	}
	return b.String()
}

// check fails when a text holds the secret, as it is, in hexadecimal or as
// numbers.
func check(t *testing.T, how string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)), fmt.Sprintf("%q", canary)} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows the secret: %s", how, text)
			}
		}
	}
}

func write(t *testing.T, path, value string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fetchRequest is Fetch of what a request names.
func fetchRequest(ctx context.Context, o Options, r Request) (*Result, error) {
	sources, err := r.Sources()
	if err != nil {
		return nil, err
	}
	return Fetch(ctx, o, sources)
}

// policyFor is LeastPrivilege for what a request names.
func policyFor(r Request, o IAMOptions) (*IAMPolicy, error) {
	sources, err := r.Sources()
	if err != nil {
		return nil, err
	}
	return LeastPrivilege(sources, o)
}

// lookAt is LookAt of what a request names.
func lookAt(t *testing.T, o Options, r Request) *Survey {
	t.Helper()
	sources, err := r.Sources()
	if err != nil {
		t.Fatal(err)
	}
	return LookAt(t.Context(), o, sources)
}
