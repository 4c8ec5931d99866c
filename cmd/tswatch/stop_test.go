package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
)

// TestObey: which signal does what, and when.
func TestObey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		came []syscall.Signal
		want []string
	}{
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}, []string{"stop"}},
		{"SIGINT", []syscall.Signal{syscall.SIGINT}, []string{"stop"}},
		{"SIGHUP is no stop", []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM}, []string{"reopen", "reopen", "stop"}},
		{"SIGHUP is too late", []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP}, []string{"stop"}},
		{"a second SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, []string{"stop"}},
		{"SIGTERM after SIGINT", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, []string{"stop"}},
		{"a second SIGINT", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, []string{"stop", "hurry"}},
		{"SIGINT after SIGTERM", []syscall.Signal{syscall.SIGTERM, syscall.SIGINT}, []string{"stop", "hurry"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, over := signals{make(chan os.Signal)}, make(chan struct{})
			var did []string
			note := func(what string) func() { return func() { did = append(did, what) } }
			go func() {
				defer close(over)
				for _, one := range test.came {
					s.came <- one
				}
			}()
			s.obey(over, note("stop"), note("reopen"), note("hurry"))
			if !slices.Equal(did, test.want) {
				t.Errorf("%v, want %v", did, test.want)
			}
		})
	}
}

// TestGuarded: a panic is the error of a bug, every other end stays.
func TestGuarded(t *testing.T) {
	t.Parallel()
	if got := exitCode(guarded(func() error { panic("x") })()); got != exitBug {
		t.Errorf("a panic ends with %d", got)
	}
	for _, err := range []error{nil, errors.New("x"), context.Canceled} {
		if got := guarded(func() error { return err })(); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
