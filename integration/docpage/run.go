package docpage

import (
	"bytes"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// limit is how long the commands of a block may take.
const limit = 2 * time.Minute

// Result is how a block ended, and what it printed on both outputs.
type Result struct {
	Printed string
	Code    int
}

// Follow runs a block as a reader of the page does: it must end with 0 and print what the page says it prints.
func (p *Page) Follow(b *Block, env ...string) string {
	p.t.Helper()
	return p.Want(b, 0, env...)
}

// Want is Follow of a block that ends with a code of its own.
func (p *Page) Want(b *Block, code int, env ...string) string {
	p.t.Helper()
	result := p.Run(b, env...)
	if result.Code != code {
		p.t.Fatalf("%s:%d: exit code %d, want %d\n%s\nprinted:\n%s", b.Page, b.Line, result.Code, code, b.Text, result.Printed)
	}
	if b.Output != nil {
		if err := Compare(result.Printed, b.Output.Text); err != nil {
			p.t.Errorf("%s:%d: %v", b.Page, b.Line, err)
		}
	}
	return result.Printed
}

// Run runs a block in the page's directory by `bash -euo pipefail`, as one script, and gives how it ended. The environment
// is that of the page, env, and nothing else but PATH and HOME.
func (p *Page) Run(b *Block, env ...string) Result {
	p.t.Helper()
	return p.Start(b, env...).Wait()
}

// Start is Run of a block whose last command stays in the foreground. It is killed with the test.
func (p *Page) Start(b *Block, env ...string) *Process {
	p.t.Helper()
	p.all.Lock()
	p.all.lines[b.fence] = true
	p.all.Unlock()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", b.Text)
	cmd.Dir = p.Dir
	cmd.Env = slices.Concat([]string{"PATH=" + p.bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + p.Dir}, p.Env, env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second // for what a block leaves behind with its outputs
	process := &Process{page: p, block: b, cmd: cmd, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &process.out, &process.out
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("%s:%d: %v", b.Page, b.Line, err)
	}
	go func() {
		defer close(process.done)
		_ = cmd.Wait() // the state says how it ended
	}()
	p.t.Cleanup(func() {
		process.Signal(syscall.SIGKILL)
		<-process.done
	})
	return process
}

// Process is a block at work.
type Process struct {
	page  *Page
	block *Block
	cmd   *exec.Cmd
	out   output
	done  chan struct{}
}

// Signal sends a signal to all processes of the block.
func (c *Process) Signal(signal syscall.Signal) {
	_ = syscall.Kill(-c.cmd.Process.Pid, signal) // it may have ended
}

// Printed is what was printed so far.
func (c *Process) Printed() string { return c.out.String() }

// Running says whether the block has not ended yet.
func (c *Process) Running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Wait waits for the end. A block that takes too long ends the test.
func (c *Process) Wait() Result {
	c.page.t.Helper()
	select {
	case <-c.done:
	case <-time.After(limit):
		c.Signal(syscall.SIGKILL)
		c.page.t.Fatalf("%s:%d: not done after %s\n%s\nprinted:\n%s", c.block.Page, c.block.Line, limit, c.block.Text, c.Printed())
	}
	return Result{c.Printed(), c.cmd.ProcessState.ExitCode()}
}

// output is written by the command and read by the test.
type output struct {
	sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.Lock()
	defer o.Unlock()
	return o.buffer.String()
}
