//go:build linux

package process

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Capture reads the output of a child from a pipe. Secrets are masked as they
// come in, so all that it passes on, keeps or cuts off is masked already.
//
// The child's end decides, never the end of the pipe: a daemon that the child
// left behind may hold the pipe for ever. settle therefore takes what can be
// read at that moment, and the goroutine goes on copying what comes later to
// out, so that the daemon neither blocks nor dies of SIGPIPE.
type Capture struct {
	read  *os.File
	write *os.File // the child's end; closed once the child is started
	out   io.Writer
	limit int  // how much is kept
	head  bool // keep the first bytes (a result) rather than the last (a tail)

	mu      sync.Mutex
	masker  masker
	kept    []byte
	pending []byte // masked but not yet copied to out
	cut     bool   // more came than is kept
	settled bool
	over    bool // the pipe has ended

	outMu sync.Mutex    // held while writing to out, which may block
	eof   chan struct{} // closed when the goroutine has ended
}

const (
	copyChunk    = 32 << 10
	settleRounds = 64 // a child that floods its pipe does not hold up the loop
)

// NewCapture makes a pipe. out may be nil; so may secrets, and then nothing is
// masked.
func NewCapture(out io.Writer, limit int, head bool, secrets *SecretSet) (*Capture, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("make a pipe", err)
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, os.NewSyscallError("make a pipe non-blocking", err)
	}
	return &Capture{
		read: os.NewFile(uintptr(fds[0]), "output"), write: os.NewFile(uintptr(fds[1]), "output"),
		out: out, limit: limit, head: head, masker: masker{set: secrets}, eof: make(chan struct{}),
	}, nil
}

// Start begins to read; to be called once the child holds the other end.
func (c *Capture) Start() {
	c.write.Close()
	go c.run()
}

// Abandon closes a pipe that no child got.
func (c *Capture) Abandon() {
	c.write.Close()
	c.read.Close()
	close(c.eof)
}

func (c *Capture) run() {
	defer close(c.eof)
	defer c.read.Close()
	defer c.finish()
	conn, err := c.read.SyscallConn()
	if err != nil {
		return
	}
	buf := make([]byte, copyChunk)
	for more := true; more; {
		err := conn.Read(func(fd uintptr) bool {
			var ready bool
			ready, more = c.fill(int(fd), buf)
			return ready
		})
		if err != nil {
			return
		}
		c.copyPending()
	}
}

// fill reads once. ready is false when nothing can be read now; more is false
// at the end of the pipe.
func (c *Capture) fill(fd int, buf []byte) (ready, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return false, true
		case err != nil || n == 0:
			c.endLocked()
			return true, false
		}
		c.keep(c.masker.write(nil, buf[:n]))
		clear(buf[:n]) // it lives as long as the goroutine that reads into it
		return true, true
	}
}

// endLocked releases what was held back as the possible beginning of a secret.
func (c *Capture) endLocked() {
	if !c.over {
		c.over = true
		c.keep(c.masker.end(nil))
	}
}

// finish ends the stream, also when it could not be read to its end.
func (c *Capture) finish() {
	c.mu.Lock()
	c.endLocked()
	c.mu.Unlock()
	c.copyPending()
}

// keep takes masked output.
func (c *Capture) keep(data []byte) {
	if c.out != nil {
		c.pending = append(c.pending, data...)
	}
	if c.settled {
		return
	}
	c.kept = append(c.kept, data...)
	if len(c.kept) <= c.limit {
		return
	}
	c.cut = true
	if c.head {
		c.kept = c.kept[:c.limit]
		return
	}
	c.kept = append(c.kept[:0], c.kept[len(c.kept)-c.limit:]...)
}

// copyPending passes on what was read. Only outMu is held during the write, so
// that settle never waits for a blocked reader.
func (c *Capture) copyPending() {
	c.outMu.Lock()
	defer c.outMu.Unlock()
	c.mu.Lock()
	data := c.pending
	c.pending = nil
	c.mu.Unlock()
	if len(data) > 0 {
		_, _ = c.out.Write(data)
	}
}

// Settle takes what can be read now and returns what is kept, masked, and
// whether more had come than that. What may be the beginning of a secret is not
// in it unless the pipe has ended. It never blocks.
func (c *Capture) Settle() (kept []byte, cut bool) {
	if conn, err := c.read.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) {
			buf := make([]byte, copyChunk)
			for range settleRounds {
				if ready, more := c.fill(int(fd), buf); !ready || !more {
					return
				}
			}
		})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = true
	kept, c.kept = c.kept, nil
	if len(c.pending) > 0 {
		go c.copyPending() // the reading goroutine may sleep until more comes
	}
	return kept, c.cut
}

// Flush hands on what was read so far and returns when out has it.
func (c *Capture) Flush() { c.copyPending() }
