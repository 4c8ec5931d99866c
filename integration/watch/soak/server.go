//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// What the server does with a batch.
const (
	takes  = "takes"
	fails  = "answers 500"
	busy   = "answers 429"
	hangs  = "hangs"
	closes = "closes the connection"
	slow   = "is slow"
)

// tooLate is when a client may have given up: an answer that comes then may not be heard.
const tooLate = 8 * time.Second

// server takes batches by https, and fails at times. What it has answered with 200 it has for good.
type server struct {
	server *httptest.Server
	ledger *ledger
	roots  string // the file that tswatch trusts
	tokens atomic.Int64
	mode   atomic.Pointer[string]
}

func startServer(dir string, ledger *ledger) (*server, error) {
	s := &server{ledger: ledger, roots: filepath.Join(dir, "roots.pem")}
	s.set(takes)
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.server.StartTLS()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	return s, os.WriteFile(s.roots, text, 0o600)
}

func (s *server) address() string { return s.server.URL + "/in" }

func (s *server) close() {
	s.set(fails)
	s.server.CloseClientConnections()
	s.server.Close()
}

func (s *server) set(mode string) { s.mode.Store(&mode) }

// token is the n-th that it takes.
func (s *server) token(n int64) string { return fmt.Sprintf("soak-token-%d", n) }

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	now := s.tokens.Load()
	if got := r.Header.Get("Authorization"); got != "Bearer "+s.token(now) && got != "Bearer "+s.token(now-1) {
		s.ledger.story.violation("the server got the token %q, not that of number %d", got, now)
	}
	mode := *s.mode.Load()
	if mode == closes {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	switch mode {
	case fails:
		http.Error(w, "no", http.StatusInternalServerError)
		return
	case busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "no", http.StatusTooManyRequests)
		return
	case hangs:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case slow:
		select {
		case <-time.After(2 * time.Second):
		case <-r.Context().Done():
		}
	}
	if r.Context().Err() != nil || time.Since(began) > tooLate {
		panic(http.ErrAbortHandler)
	}
	var lines [][]byte
	for line := range bytes.Lines(body) {
		lines = append(lines, line)
	}
	s.ledger.receive(&s.ledger.server, lines)
	w.WriteHeader(http.StatusOK)
}

// failServer has the server fail, in one way after the other.
func (s *soak) failServer(ctx context.Context) {
	random := s.random(actorServer)
	defer s.server.set(takes)
	for {
		s.server.set(takes)
		s.story.did("server", "%s", takes)
		if !pause(ctx, random, 1, 8) {
			return
		}
		mode := []string{fails, busy, hangs, closes, slow}[random.IntN(5)]
		s.server.set(mode)
		s.story.did("server", "%s", mode)
		if !pause(ctx, random, 1, 12) {
			return
		}
	}
}
