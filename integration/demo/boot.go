package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// connected is what the agent says when it works.
const connected = "cloudsight: CONNECTED"

// probation is how long the agent must stay up on a new key, short for a demo.
const probation = "1s"

// boot is the running tsboot. Its output, which is the agent's too, is shown line by line as it comes.
type boot struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu    sync.Mutex
	lines []string
}

func startBoot(e *env) (*boot, error) {
	args := []string{"--ssm-path", prod, "--profile", e.profile, "--refresh-probation", probation}
	command(append([]string{e.given}, args...)...)
	b := &boot{cmd: e.command(args...), ended: make(chan struct{})}
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.cmd.Stderr = b.cmd.Stdout // one pipe for both, in order
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start tsboot: %w", err)
	}
	go b.follow(out)
	return b, nil
}

// follow shows the output to its end, which comes when nothing below tsboot is left, and then reaps tsboot.
func (b *boot) follow(out io.Reader) {
	defer close(b.ended)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		showOutput(line)
		b.mu.Lock()
		b.lines = append(b.lines, line)
		b.mu.Unlock()
	}
	_ = b.cmd.Wait() // the state says how it ended
}

// count says how many lines hold the words so far.
func (b *boot) count(words string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, line := range b.lines {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

func (b *boot) stop(ctx context.Context) (int, error) {
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("send SIGTERM: %w", err)
	}
	select {
	case <-b.ended:
		return b.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for tsboot: %w", ctx.Err())
	}
}

// kill ends a boot that did not come to its stop; tsboot's parent-death signal takes the agent along.
func (b *boot) kill() {
	select {
	case <-b.ended:
	default:
		_ = b.cmd.Process.Kill()
		<-b.ended
	}
}
