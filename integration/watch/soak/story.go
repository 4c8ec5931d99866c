//go:build linux

package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// How much is kept of what happened and of what was wrong.
const (
	maxSteps      = 60
	maxViolations = 10
)

// story is what was done, and what was wrong with what came of it.
type story struct {
	violated chan struct{} // closed with the first violation

	mu     sync.Mutex
	begin  time.Time
	steps  []string
	done   map[string]int
	wrong  []error
	closed bool
}

func newStory() *story {
	return &story{violated: make(chan struct{}), begin: time.Now(), done: map[string]int{}}
}

// did notes something that was done; what is its kind.
func (s *story) did(what, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done[what]++
	s.steps = append(s.steps, fmt.Sprintf("%7.2fs %s %s", time.Since(s.begin).Seconds(), what, fmt.Sprintf(format, args...)))
	if len(s.steps) > maxSteps {
		s.steps = s.steps[1:]
	}
}

// violation notes something that must not be.
func (s *story) violation(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wrong) < maxViolations {
		s.wrong = append(s.wrong, fmt.Errorf("after %.2fs: %s", time.Since(s.begin).Seconds(), fmt.Sprintf(format, args...)))
	}
	if !s.closed {
		s.closed = true
		close(s.violated)
	}
}

func (s *story) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.wrong...)
}

func (s *story) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done[what]
}

// String is the last of what was done.
func (s *story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.steps, "\n")
}
