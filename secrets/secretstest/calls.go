package secretstest

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strings"
	"time"
)

// Names of operations that are not Parameter Store's, as calls and faults
// have them.
const (
	OpCredentials = "credentials" // the container credentials endpoint
	OpTask        = "task"        // the task metadata endpoint
	OpIMDS        = "imds"        // the instance metadata service
	OpSTS         = "sts"         // GetCallerIdentity
)

// A Call is one request as the server saw it.
type Call struct {
	Time        time.Time       `json:"time"`
	Op          string          `json:"op"` // "GetParametersByPath", OpCredentials, ...
	Path        string          `json:"path,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"`
	ContentType string          `json:"content_type,omitempty"`
	Signed      bool            `json:"signed"` // an Authorization header was there
	AccessKeyID string          `json:"access_key_id,omitempty"`
	Region      string          `json:"region,omitempty"` // of the signature
	UserAgent   string          `json:"user_agent,omitempty"`
	Fault       string          `json:"fault,omitempty"` // the kind that answered
	Proxied     bool            `json:"proxied,omitempty"`
}

// Calls returns what has been asked so far, oldest first. With names, only
// calls of these operations.
func (s *Server) Calls(ops ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Call
	for _, c := range s.calls {
		if len(ops) == 0 || contains(ops, c.Op) {
			list = append(list, c)
		}
	}
	return list
}

// Await waits until at least n calls of the named operations (all, when none
// is named) have come in.
func (s *Server) Await(ctx context.Context, n int, ops ...string) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if len(s.Calls(ops...)) >= n {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Forget clears the record of calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// newCall describes a request without anything of its signature but the key id.
func newCall(r *http.Request, op string, body []byte) Call {
	c := Call{
		Time:        time.Now(),
		Op:          op,
		Path:        r.URL.Path,
		ContentType: r.Header.Get("Content-Type"),
		UserAgent:   r.UserAgent(),
		Proxied:     r.URL.IsAbs(),
	}
	if json.Valid(body) {
		c.Body = body
	}
	auth := r.Header.Get("Authorization")
	c.Signed = auth != ""
	if _, scope, ok := strings.Cut(auth, "Credential="); ok {
		parts := strings.Split(scope, "/")
		if len(parts) >= 4 {
			c.AccessKeyID, c.Region = parts[0], parts[2]
		}
	}
	return c
}

// record keeps the call: it is seen from now on.
func (s *Server) record(c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	close(s.changed)
	s.changed = make(chan struct{})
}

// quietLog drops net/http's complaints about connections that a fault broke.
var quietLog = log.New(io.Discard, "", 0)
