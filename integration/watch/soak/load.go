//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/tsboot/tsboot/integration/wait"
)

// Actors, as the sources of random numbers know them.
const (
	actorMachine = iota + 1
	actorOneContainer
	actorContainers
	actorEngine
	actorServer
	actorPeer
	actorSignals
)

// command is that of a worker: where it notes how far it is, how fast it is, and where its programs are.
func command(worker, progress string, rate float64, programs string) []string {
	return []string{worker, progress, fmt.Sprint(rate), programs}
}

// onTheMachine has workers on the machine, one after the other: a third of all starts.
func (s *soak) onTheMachine(ctx context.Context) {
	random := s.random(actorMachine)
	for ctx.Err() == nil {
		w := s.ledger.worker("", "")
		if err := s.makeProgress(w); err != nil {
			s.story.violation("%v", err)
			return
		}
		argv := command(s.dir+"/bin/worker", s.progress(w), s.rate/3, s.dir+"/bin")
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		if err := cmd.Start(); err != nil {
			s.story.violation("start a worker: %v", err)
			return
		}
		s.story.did("worker", "%s on the machine, pid %d", w.id, cmd.Process.Pid)
		pause(ctx, random, 3, 20)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			s.story.violation("worker %s: %v", w.id, err)
		}
	}
}

// progress is the file of a worker, on the machine.
func (s *soak) progress(w *worker) string { return filepath.Join(s.dir, "progress", w.id) }

func (s *soak) makeProgress(w *worker) error {
	path := s.progress(w)
	if err := os.WriteFile(path, make([]byte, 16), 0o600); err != nil {
		return err
	}
	return os.Chown(path, uid, uid)
}

// inOneContainer has a container that is there all the time, and in it workers that `docker exec` would start: a third.
func (s *soak) inOneContainer(ctx context.Context) {
	random := s.random(actorOneContainer)
	name := "stays"
	id := s.container(ctx, s.ledger.worker("", name), s.rate/6)
	if id == "" && ctx.Err() == nil {
		s.story.violation("the container that stays could not be started")
	}
	for ctx.Err() == nil {
		w := s.ledger.worker(id, name)
		if err := s.makeProgress(w); err != nil {
			s.story.violation("%v", err)
			return
		}
		if err := s.execIn(ctx, id, command("/bin/worker", "/progress/"+w.id, s.rate/6, "/bin")); err != nil {
			s.story.did("refused", "to start %s in %s: %v", w.id, name, err)
			pause(ctx, random, 0.1, 0.5)
			s.endWorker(w) // it may run all the same
			continue
		}
		s.story.did("exec", "%s in %s", w.id, name)
		pause(ctx, random, 3, 15)
		s.endWorker(w)
	}
}

// container creates the container of a worker and starts it; empty: the time is over before that, or the engine does not want to.
// An engine that was killed while it started one refuses to start that, now and later.
func (s *soak) container(ctx context.Context, w *worker, rate float64) (id string) {
	if err := s.makeProgress(w); err != nil {
		s.story.violation("%v", err)
		return ""
	}
	for tries := 0; tries < 5 && ctx.Err() == nil; tries++ {
		s.engine.await(ctx)
		var err error
		if id == "" {
			if id, err = s.engine.create(ctx, w.container, command("/bin/worker", "/progress/"+w.id, rate, "/bin"), s.dir+"/progress"); err == nil {
				s.ledger.created(w, id)
			}
		}
		if err == nil {
			_, err = s.engine.ContainerStart(ctx, id, client.ContainerStartOptions{})
		}
		if err == nil {
			s.story.did("container", "%s of %s, %.12s", w.container, w.id, id)
			return id
		}
		s.story.did("refused", "to start container %s of %s: %v", w.container, w.id, err)
		pause(ctx, s.random(0), 0.2, 0.2)
	}
	return ""
}

func (s *soak) execIn(ctx context.Context, id string, command []string) error {
	s.engine.await(ctx)
	made, err := s.engine.ExecCreate(ctx, id, client.ExecCreateOptions{User: fmt.Sprint(uid), Cmd: command})
	if err == nil {
		_, err = s.engine.ExecStart(ctx, made.ID, client.ExecStartOptions{Detach: true})
	}
	return err
}

// endWorker ends a worker that the engine has started, by the name in its command line.
func (s *soak) endWorker(w *worker) {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		text, _ := os.ReadFile(path)
		if string(text) != "" && isWorker(text, w.id) {
			if process, err := os.FindProcess(pidOf(path)); err == nil {
				_ = process.Signal(syscall.SIGTERM)
			}
		}
	}
}

// inContainersThatGo has containers that come and go all the time: a third. They end by themselves, or are removed while their
// worker works.
func (s *soak) inContainersThatGo(ctx context.Context) {
	random := s.random(actorContainers)
	for n := 0; ctx.Err() == nil; n++ {
		w := s.ledger.worker("", fmt.Sprint("goes-", n))
		if s.container(ctx, w, s.rate/3) != "" {
			pause(ctx, random, 0, 2)
		}
		s.removeContainer(ctx, w, random)
	}
}

// removeContainer removes a container by its name, gently or not, also one that was never started.
func (s *soak) removeContainer(ctx context.Context, w *worker, random *rand.Rand) {
	ctx = context.WithoutCancel(ctx)
	gentle := random.IntN(2) == 0
	removed := wait.Until(aLongTime, func() bool {
		s.engine.await(ctx)
		if gentle {
			_, _ = s.engine.ContainerKill(ctx, w.container, client.ContainerKillOptions{Signal: "TERM"})
		}
		_, err := s.engine.ContainerRemove(ctx, w.container, client.ContainerRemoveOptions{Force: true})
		if err != nil && !cerrdefs.IsNotFound(err) {
			s.story.did("refused", "to remove %s: %v", w.container, err)
			pause(ctx, random, 0.2, 0.2)
		}
		return err == nil || cerrdefs.IsNotFound(err)
	})
	if !removed {
		s.story.violation("container %s cannot be removed", w.container)
	}
}
