//go:build linux

// Command soak runs the built tswatch on the kernel's audit and a Docker engine of its own, while programs are started all the
// time, on the machine and in containers that come and go, the engine is restarted, and the outputs fail. It checks all along, and
// at the end, what must always hold: each start is a line of the file, once, or is counted as lost; a container is right, or a
// reason says why nobody knows; the server gets every line once, however often it failed; the sums of `tswatch status` are those
// that were seen; memory, files and threads stay as many as they were; the kernel is as it was before.
//
//	go run ./integration/watch/soak [-duration 30m] [-seed N] [-rate 300]
//
// It needs root, auditctl, dockerd and a static busybox, and nobody else who uses audit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
)

func main() {
	duration := flag.Duration("duration", 30*time.Minute, "how long")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the random numbers: what is done, and when")
	rate := flag.Float64("rate", 300, "programs that are started in a second: what is tried, not promised")
	flag.Parse()
	if err := run(*duration, *seed, *rate); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak is one run.
type soak struct {
	dir    string // readable by the user whose programs are recorded
	seed   uint64
	rate   float64
	story  *story
	ledger *ledger
	server *server
	peer   *peer
	file   *follower
	engine *engine
	agent  *agent
	uses   uses

	wg sync.WaitGroup
}

func run(duration time.Duration, seed uint64, rate float64) (err error) {
	if os.Getuid() != 0 {
		return errors.New("the kernel's audit and a Docker engine need root")
	}
	dir, err := os.MkdirTemp("", "watchsoak-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		return err
	}
	fmt.Printf("soaking for %v, seed %d, %g programs a second\n", duration, seed, rate)
	s := &soak{dir: dir, seed: seed, rate: rate, story: newStory()}
	interrupted, done := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer done()
	heard := context.AfterFunc(interrupted, func() { s.story.violation("the soak was to end") })
	defer heard()
	s.ledger = newLedger(s.story)
	err = errors.Join(s.soak(duration), s.story.err())
	if err != nil {
		return fmt.Errorf("seed %d: %w\n%s\neverything is in %s", seed, err, s.story, dir)
	}
	return os.RemoveAll(dir)
}

// random is a source of its own for each actor, so that none depends on how fast another is.
func (s *soak) random(actor uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, actor)) }

func (s *soak) soak(duration time.Duration) (err error) {
	kernel, err := borrow()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kernel.lease.Return()) }()
	if err := buildWorker(s.dir); err != nil {
		return err
	}
	program, err := binary.Build(s.dir, "tswatch")
	if err != nil {
		return err
	}
	if s.engine, err = startEngine(s.dir, s.story); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.engine.remove()) }()
	if s.server, err = startServer(s.dir, s.ledger); err != nil {
		return err
	}
	defer s.server.close()
	s.peer = newPeer(filepath.Join(s.dir, "peer.sock"), s.ledger)
	if s.agent, err = startAgent(program, s); err != nil {
		return err
	}
	defer s.agent.kill()
	s.file = follow(s.agent.output, s.ledger)
	if err := s.play(duration); err != nil {
		return err
	}
	return s.finish(kernel)
}

// play does what is done by lot until the time is over, or something was wrong.
func (s *soak) play(duration time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	go func() {
		select {
		case <-s.story.violated:
			cancel()
		case <-ctx.Done():
		}
	}()
	for _, actor := range []func(context.Context){
		s.onTheMachine, s.inOneContainer, s.inContainersThatGo, s.restartEngine, s.failServer, s.leavePeer, s.signal, s.measure, s.askStatus,
	} {
		s.wg.Go(func() { actor(ctx) })
	}
	s.wg.Wait()
	return s.story.err()
}

// pause waits between the two numbers of seconds; false: the time is over.
func pause(ctx context.Context, random *rand.Rand, least, most float64) bool {
	timer := time.NewTimer(time.Duration((least + random.Float64()*(most-least)) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
