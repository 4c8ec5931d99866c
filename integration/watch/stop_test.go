//go:build linux

package watch

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/wait"
)

// storm starts programs one after the other in several rows, as fast as the machine can.
type storm struct {
	over  atomic.Bool
	rows  sync.WaitGroup
	ended [4]atomic.Int64 // how many programs of each row
}

// begin starts the storm. The arguments of a program are its row and its number.
func (s *storm) begin(t *testing.T, program string) {
	for row := range s.ended {
		s.rows.Go(func() {
			for !s.over.Load() {
				cmd := exec.Command(program, fmt.Sprint(row), fmt.Sprint(s.ended[row].Load()))
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: testUID, Gid: testUID}}
				if err := cmd.Run(); err != nil {
					t.Error(err)
					return
				}
				s.ended[row].Add(1)
			}
		})
	}
	t.Cleanup(s.end)
}

func (s *storm) end() {
	s.over.Store(true)
	s.rows.Wait()
}

// soFar is how many programs of each row have ended.
func (s *storm) soFar() (rows [4]int64, all int64) {
	for row := range s.ended {
		rows[row] = s.ended[row].Load()
		all += rows[row]
	}
	return rows, all
}

// TestStopInAStorm: a stop while programs start as fast as they can loses none that ended before it.
func TestStopInAStorm(t *testing.T) {
	borrow(t)
	program := tinyFile(t)
	a := start(t, "--docker", "off")
	var s storm
	s.begin(t, program)
	wait.For(t, aLongTime, "many have run", func() bool { _, all := s.soFar(); return all > 1500 })
	before, _ := s.soFar()
	began := time.Now()
	a.stop()
	took := time.Since(began)
	s.end()
	came, lost := map[string]bool{}, 0
	for _, e := range a.events() {
		lost += int(e.Tswatch.Lost.Serials + e.Tswatch.Lost.Records)
		if e.Event.Action == "executed" && e.Process.Name == "tiny" {
			came[strings.Join(e.Process.Args[1:], " ")] = true
		}
	}
	missing := 0
	for row, n := range before {
		for i := range n {
			if !came[fmt.Sprint(row, " ", i)] {
				missing++
			}
		}
	}
	t.Logf("%d came, %v had ended before the stop, which took %v; %d are missing, %d lost", len(came), before, took, missing, lost)
	if missing > lost {
		t.Errorf("%d programs are missing, and %d are said to be lost", missing, lost)
	}
}
