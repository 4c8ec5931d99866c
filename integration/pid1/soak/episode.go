//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

// patience bounds every wait. A race build on a busy machine is slow; nothing waits it out but a fault.
const patience = 2 * time.Minute

// grace is what the episodes' inits are given, in seconds.
const grace = 2

// episode is one init from start to end, and what is known of it.
type episode struct {
	*testenv.Env
	random *rand.Rand
	dir    string
	init   *testenv.Init
	agent  *testenv.Helper
	pids   *pidsGroup // of the init; nil where no limit can be set
	policy string

	calm  sync.RWMutex // held for reading by who sends noise, for writing while a process is young and deaf
	trace []string     // what was done, for the story of a failure

	lives   []life // how each agent ended, as we made it end
	sent    int
	orphans int
	strays  int
}

// life is how an agent ended.
type life struct {
	code   int
	signal syscall.Signal
	killed bool // SIGKILL may have come before the signal was acted on
}

// as says whether the end that was told is this one.
func (l life) as(told life) bool {
	return told.code == l.code && told.signal == l.signal || l.killed && told.signal == syscall.SIGKILL
}

// violation is a broken invariant, thrown to end the episode.
type violation struct{ err error }

func (e *episode) violated(format string, args ...any) {
	panic(violation{fmt.Errorf(format, args...)})
}

func (e *episode) must(err error) {
	if err != nil {
		panic(violation{err})
	}
}

func (e *episode) did(format string, args ...any) {
	e.trace = append(e.trace, fmt.Sprintf(format, args...))
}

// story is what a person needs to understand a failure.
func (e *episode) story() string {
	text, _ := os.ReadFile(filepath.Join(e.dir, "stderr"))
	if len(text) > 6000 {
		text = append([]byte("..."), text[len(text)-6000:]...)
	}
	return fmt.Sprintf("policy %s, as %s\n%s\n--- it said\n%s", e.policy, e.Mode(), strings.Join(e.trace, "\n"), text)
}

// play is one episode.
func play(random *rand.Rand, a *adapter.Adapter, dir string) (e *episode, err error) {
	e = &episode{random: random, policy: pick(random, "no", "on-failure", "always")}
	if e.dir, err = os.MkdirTemp(dir, "episode-"); err != nil {
		return e, err
	}
	if e.Env, err = testenv.New(pick(random, testenv.PID1, testenv.Child)); err != nil {
		return e, err
	}
	if e.pids = newPidsGroup(); e.pids != nil {
		defer e.pids.remove()
	}
	defer e.Close()
	defer func() {
		switch end := recover().(type) {
		case nil:
			err = os.RemoveAll(e.dir)
		case violation:
			err = end.err
		default:
			panic(end)
		}
	}()
	e.start(a)
	stop := e.noise()
	defer stop()
	for range random.IntN(25) {
		e.act()
	}
	stop()
	e.hear()
	e.finish()
	e.check()
	return e, nil
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// start starts the init over an agent, with flags drawn by lot.
func (e *episode) start(a *adapter.Adapter) {
	set := []adapter.Setting{
		adapter.Set(adapter.Restart, e.policy), adapter.Set(adapter.Backoff, 0.01, 0.1, 60),
		adapter.Set(adapter.StartLimit, 0), adapter.Set(adapter.Grace, grace),
		adapter.Set(adapter.RunDirectory, filepath.Join(e.dir, "run")),
	}
	if e.random.IntN(3) == 0 {
		set = append(set, adapter.Set(adapter.Process))
	}
	argv, env, err := a.Argv(e.HelperArgv("agent", mortal), set...)
	e.must(err)
	argv = append([]string{argv[0], "--log-format=json"}, argv[1:]...)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	e.must(err)
	defer null.Close()
	out, err := os.Create(filepath.Join(e.dir, "stderr"))
	e.must(err)
	defer out.Close()
	env = append(env, "PATH=/usr/bin:/bin", "HOME=/", "GORACE=atexit_sleep_ms=0")
	e.did("%s", strings.Join(argv[1:len(argv)-5], " "))
	e.init, err = e.Start(testenv.Launch{Argv: argv, Env: env, Dir: e.dir, Stdin: null, Stdout: out, Stderr: out})
	e.must(err)
	if e.pids != nil {
		e.must(e.pids.take(e.init.PID))
	}
	agent, err := e.Helper("agent", patience)
	e.must(err)
	e.runs(agent)
}

// runs takes a new agent. A limit is not for the agent, whose own runtime could not go on without a thread.
func (e *episode) runs(agent *testenv.Helper) {
	e.agent = agent
	if e.pids != nil {
		e.must(e.pids.leave(agent.PID))
	}
}

// mortal is a helper that TERM and INT kill.
const mortal = testenv.TraitDies + "15+2"

// noise sends signals that mean nothing, all the time, whenever everybody can hear them. Not HUP: Go's runtime unblocks
// it in a young process.
func (e *episode) noise() (stop func()) {
	kinds := []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGPIPE, syscall.SIGURG, syscall.SIGCONT, 35, 37, 50, 63}
	random := rand.New(rand.NewPCG(e.random.Uint64(), 1))
	quit, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for {
			select {
			case <-quit:
				return
			case <-time.After(time.Duration(random.IntN(2000)) * time.Microsecond):
			}
			e.calm.RLock()
			if e.init.Signal(kinds[random.IntN(len(kinds))]) == nil {
				e.sent++
			}
			e.calm.RUnlock()
		}
	}()
	return sync.OnceFunc(func() { close(quit); <-over })
}
