//go:build linux

// Command soak runs tsboot (a -race build) with random children, signals, stops, restarts, an agent that changes its
// process group, and times in which no further process or thread can be made. After each episode it checks what must
// always hold: no status lost or invented, no zombie, no stray, no witness touched, the right exit code, nothing said of
// a race or a panic.
//
//	go run ./integration/pid1/soak [-duration 30m] [-seed N] [-workers 2]
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func main() {
	testenv.Main()
	duration := flag.Duration("duration", 30*time.Minute, "how long")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the first worker's random numbers; the others count up")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "episodes at the same time")
	program := flag.String("binary", "", "a tsboot that is already built; default: one is, with -race")
	flag.Parse()
	if err := soak(*duration, *seed, *workers, *program); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func soak(duration time.Duration, seed uint64, workers int, program string) error {
	if err := testenv.Available(); err != nil {
		return fmt.Errorf("private pid namespaces are needed: %w", err)
	}
	dir, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if program == "" {
		if program, err = binary.BuildRace(dir, "tsboot"); err != nil {
			return err
		}
	}
	if pidsParent() == "" {
		fmt.Println("no pids cgroup can be made here: the agent is never left without processes")
	}
	fmt.Printf("soaking for %v, seed %d, %d workers\n", duration, seed, workers)
	deadline := time.Now().Add(duration)
	var (
		wg    sync.WaitGroup
		total tally
	)
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed+uint64(w), 0))
			for time.Now().Before(deadline) && total.err() == nil {
				total.add(play(random, adapter.Tsboot(program), dir))
			}
		})
	}
	wg.Wait()
	fmt.Println(total.String())
	return total.err()
}

// tally sums up what the workers did. The first violation ends the soak.
type tally struct {
	mu                                        sync.Mutex
	episodes, lives, signals, orphans, strays int
	first                                     error
}

func (t *tally) add(e *episode, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.episodes++
	t.lives += len(e.lives)
	t.signals += e.sent
	t.orphans += e.orphans
	t.strays += e.strays
	if err != nil && t.first == nil {
		t.first = fmt.Errorf("episode %d: %w\n%s", t.episodes, err, e.story())
	}
}

func (t *tally) err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.first
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%d episodes: %d lives of agents, %d signals, %d orphans, %d strays", t.episodes, t.lives, t.signals, t.orphans, t.strays)
}
