package pipeline

import (
	"context"
	"io"
)

// pumped is a reader that ends with a context: a terminal or a pipe that nobody writes to cannot be kept from waiting.
type pumped struct {
	ctx    context.Context
	idle   func() error // called before it waits
	blocks <-chan block
	back   chan<- []byte // buffers that were read, to be filled again
	rest   block
	used   []byte
}

// block is what one read gave.
type block struct {
	text []byte
	err  error
}

// pump reads from a reader in a goroutine, which ends with the reader, or with its last read after the context has ended. idle
// is called where nothing is there to be read for now.
func pump(ctx context.Context, from io.Reader, idle func() error) io.Reader {
	blocks, back := make(chan block, 1), make(chan []byte, 2)
	back <- make([]byte, readerSize)
	back <- make([]byte, readerSize)
	go func() {
		for {
			var buffer []byte
			select {
			case buffer = <-back:
			case <-ctx.Done():
				return
			}
			n, err := from.Read(buffer[:cap(buffer)])
			select {
			case blocks <- block{buffer[:n], err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return &pumped{ctx: ctx, idle: idle, blocks: blocks, back: back}
}

func (p *pumped) Read(into []byte) (int, error) {
	for len(p.rest.text) == 0 {
		if p.rest.err != nil {
			return 0, p.rest.err
		}
		if p.used != nil {
			p.back <- p.used
			p.used = nil
		}
		if err := p.wait(); err != nil {
			return 0, err
		}
	}
	n := copy(into, p.rest.text)
	p.rest.text = p.rest.text[n:]
	return n, nil
}

// wait takes the next block.
func (p *pumped) wait() error {
	select {
	case p.rest = <-p.blocks:
		p.used = p.rest.text
		return nil
	default:
	}
	if err := p.idle(); err != nil {
		return err
	}
	select {
	case p.rest = <-p.blocks:
		p.used = p.rest.text
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}
