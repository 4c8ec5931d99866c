package stage

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

// Program is a tsboot that runs while the acts go on. Its output, which is the agent's too, is shown line by line as it comes.
type Program struct {
	Ended chan struct{} // closed when it has ended

	cmd   *exec.Cmd
	mu    sync.Mutex
	lines []string
}

// Start starts the command.
func Start(cmd *exec.Cmd) (*Program, error) {
	p := &Program{cmd: cmd, Ended: make(chan struct{})}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = cmd.Stdout // one pipe for both, in order
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start tsboot: %w", err)
	}
	go p.follow(out)
	return p, nil
}

// follow shows the output to its end, which comes when nothing below tsboot is left, and then reaps tsboot.
func (p *Program) follow(out io.Reader) {
	defer close(p.Ended)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		showOutput(line)
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
	}
	_ = p.cmd.Wait() // the state says how it ended
}

// PID is its process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Count says how many lines hold the words so far.
func (p *Program) Count(words string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, line := range p.lines {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

// Stop sends SIGTERM and waits for the end. It gives the exit code.
func (p *Program) Stop(ctx context.Context) (int, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("send SIGTERM: %w", err)
	}
	select {
	case <-p.Ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for tsboot: %w", ctx.Err())
	}
}

// Kill ends one that did not come to its stop; tsboot's parent-death signal takes the agent along.
func (p *Program) Kill() {
	select {
	case <-p.Ended:
	default:
		_ = p.cmd.Process.Kill()
		<-p.Ended
	}
}
