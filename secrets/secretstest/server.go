package secretstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Defaults of a new server; the account is AWS's own example.
const (
	DefaultRegion  = "us-east-1"
	DefaultAccount = "111122223333"
)

// A Server is the store, its fault script and its record of calls. It is an
// http.Handler and may be used by any number of goroutines.
type Server struct {
	region  string
	account string

	store *store
	done  chan struct{}

	mu      sync.Mutex
	faults  []*Fault
	calls   []Call
	changed chan struct{} // closed when calls grows
	bucket  *Bucket
	nonces  int
	creds   credentials
	task    map[string]any // of SetTask

	http *http.Server
	url  string
}

// An Option changes a new server.
type Option func(*Server)

// WithRegion sets the region of parameters that are put without one.
func WithRegion(region string) Option { return func(s *Server) { s.region = region } }

// WithAccount sets the account in ARNs and messages.
func WithAccount(id string) Option { return func(s *Server) { s.account = id } }

// New returns a server that does not listen: it is a handler only.
func New(opts ...Option) *Server {
	s := &Server{
		region:  DefaultRegion,
		account: DefaultAccount,
		store:   newStore(),
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	s.creds.ttl = time.Hour
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Start returns a server that listens on addr; the empty address is a free
// port of the loopback interface. Close it.
func Start(addr string, opts ...Option) (*Server, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	s := New(opts...)
	s.url = "http://" + reachable(listener.Addr())
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quietLog}
	go s.serve(listener)
	return s, nil
}

// reachable is the address by which this machine reaches the server. One that listens on all of the machine's addresses is
// reached by its loopback.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	loopback := "127.0.0.1"
	if tcp.IP.To4() == nil {
		loopback = "::1"
	}
	return net.JoinHostPort(loopback, fmt.Sprint(tcp.Port))
}

func (s *Server) serve(listener net.Listener) {
	if err := s.http.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		panic(fmt.Sprintf("secretstest: serve: %v", err))
	}
}

// URL is where the server listens, without a trailing slash; empty for one
// made by New.
func (s *Server) URL() string { return s.url }

// Close ends the server and every request that a fault keeps waiting.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	s.mu.Unlock()
	if s.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// Env is what points a program's SDK at this server, with static credentials.
func (s *Server) Env() []string {
	return append(s.EndpointEnv(),
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_REGION="+s.region,
	)
}

// EndpointEnv is Env without credentials and region.
func (s *Server) EndpointEnv() []string {
	return []string{
		"AWS_ENDPOINT_URL_SSM=" + s.url,
		"AWS_ENDPOINT_URL_STS=" + s.url,
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + s.url,
		"AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null",
	}
}

// A PutOption says more about a parameter.
type PutOption func(*putting)

type putting struct {
	region string
	version
}

// Type sets the parameter's type; SecureString otherwise.
func Type(typ string) PutOption { return func(p *putting) { p.typ = typ } }

// Label puts a label on the version.
func Label(labels ...string) PutOption { return func(p *putting) { p.labels = labels } }

// Key says which KMS key encrypts the parameter; otherwise it is Parameter Store's own.
func Key(id string) PutOption { return func(p *putting) { p.key = id } }

// Region puts the parameter in a region other than the server's.
func Region(region string) PutOption { return func(p *putting) { p.region = region } }

// Modified sets the time of the change.
func Modified(at time.Time) PutOption { return func(p *putting) { p.modified = at } }

// Put stores a new version of a parameter, a SecureString unless told
// otherwise, and returns its number. Any value is taken as it is.
func (s *Server) Put(name, value string, opts ...PutOption) int64 {
	p := putting{region: s.region, version: version{value: value, typ: TypeSecureString, modified: epoch}}
	for _, opt := range opts {
		opt(&p)
	}
	return s.store.put(p.region, name, p.version)
}

// PutSecret stores a Secrets Manager secret, which Parameter Store serves as
// /aws/reference/secretsmanager/ID.
func (s *Server) PutSecret(id, value string) { s.store.putSecret(s.region, id, value) }

// Delete removes a parameter and says whether it was there.
func (s *Server) Delete(name string) bool { return s.store.delete(s.region, name) }

// SetRate limits Parameter Store's read calls to perSecond with the given
// burst, answering the others with ThrottlingException; 0 lifts the limit.
func (s *Server) SetRate(perSecond float64, burst int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if perSecond <= 0 {
		s.bucket = nil
		return
	}
	s.bucket = NewBucket(perSecond, burst)
}
