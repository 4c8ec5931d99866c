//go:build linux

package control

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
)

// noted are reactions that only say what they are.
func noted(did *[]string) Reactions {
	note := func(what string) func() { return func() { *did = append(*did, what) } }
	return Reactions{Stop: note("stop"), Reopen: note("reopen"), Hurry: note("hurry")}
}

// TestSignals: which signal does what, and when; the same where they all come during the start.
func TestSignals(t *testing.T) {
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
			came, over := make(chan os.Signal), make(chan struct{})
			s := SignalsFrom(came)
			var did []string
			go func() {
				defer close(over)
				for _, one := range test.came {
					came <- one
				}
			}()
			s.Obey(over, noted(&did))
			if !slices.Equal(did, test.want) {
				t.Errorf("%v, want %v", did, test.want)
			}
		})
		t.Run(test.name+", at the start", func(t *testing.T) {
			t.Parallel()
			came := make(chan os.Signal, len(test.came))
			s := SignalsFrom(came)
			err := s.Start(func() error {
				for _, one := range test.came {
					came <- one
				}
				return nil
			})
			var did []string
			s.Early(noted(&did))
			if err != nil || !slices.Equal(did, test.want) || !s.Stopped() {
				t.Errorf("%v, %v, want %v", err, did, test.want)
			}
		})
	}
}

// TestStart: its error is that of the start, and only after a stop it does not wait for one that hangs.
func TestStart(t *testing.T) {
	t.Parallel()
	wrong := errors.New("x")
	if err := SignalsFrom(nil).Start(func() error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("the error is %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		came, hangs := make(chan os.Signal, 3), make(chan struct{})
		defer close(hangs)
		s := SignalsFrom(came)
		go func() {
			synctest.Wait()
			came <- syscall.SIGHUP
			came <- syscall.SIGTERM
			came <- syscall.SIGTERM
		}()
		if err := s.Start(func() error { <-hangs; return nil }); !errors.Is(err, ErrStopped) {
			t.Errorf("a start that hangs ends with %v", err)
		}
	})
}

// TestStopped: a signal that is handed over after the end counts; SIGHUP is no stop.
func TestStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		came := make(chan os.Signal, 1)
		s := SignalsFrom(came)
		came <- syscall.SIGHUP
		if s.Stopped() {
			t.Error("SIGHUP is a stop")
		}
		go func() {
			synctest.Wait()
			came <- syscall.SIGTERM
		}()
		for range 2 { // it is known from then on
			if !s.Stopped() {
				t.Error("SIGTERM is none")
			}
		}
	})
}
