package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/hashicorp/go-hclog"
)

// file is a file that is rotated by its size: PATH, PATH.1, PATH.2, ... A file that cannot be written for a while (the disk
// is full) loses lines, counted; it is not gone for good.
type file struct {
	counts
	path    string
	max     int64
	keep    int
	log     hclog.Logger
	out     *os.File // nil: it could not be opened
	size    int64
	buffer  []byte
	lines   uint64 // in buffer
	failing bool   // the last write failed: it is logged once
}

func openFile(path string, options Options) (*file, error) {
	f := &file{path: path, max: options.FileMaxSize, keep: options.FileKeep, log: options.Log, buffer: make([]byte, 0, bufferSize)}
	return f, f.open()
}

// open opens the file at its end. Its lines hold arguments of programs, so only its owner may read it.
func (f *file) open() error {
	out, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		_ = out.Close()
		return err
	}
	f.out, f.size = out, info.Size()
	return nil
}

func (f *file) Put(item Item) error {
	held := int64(len(f.buffer) + len(item.Line))
	if f.max > 0 && f.size+held > f.max && f.size+int64(len(f.buffer)) > 0 {
		f.write()
		f.rotate()
	} else if held > bufferSize {
		f.write()
	}
	f.buffer = append(f.buffer, item.Line...)
	f.lines++
	return nil
}

func (f *file) Flush() error {
	f.write()
	return nil
}

// write writes what is kept back.
func (f *file) write() {
	if f.lines == 0 {
		return
	}
	if f.out == nil {
		if err := f.open(); err != nil {
			f.fail(err)
			return
		}
	}
	n, err := f.out.Write(f.buffer)
	f.size += int64(n)
	if err != nil {
		f.cut(n)
		f.fail(err)
		return
	}
	if f.failing {
		f.failing = false
		f.log.Info("output takes lines again", "file", f.path)
	}
	f.sent(f.lines)
	f.forget()
}

// cut takes away the part of a line that a write has left, so that every line of the file is whole.
func (f *file) cut(written int) {
	if written > 0 && f.out.Truncate(f.size-int64(written)) == nil {
		f.size -= int64(written)
	}
}

// fail counts what is kept back as lost.
func (f *file) fail(err error) {
	if !f.failing {
		f.failing = true
		f.log.Error("write an output", "file", f.path, "error", err)
	}
	f.dropped(f.lines, err)
	f.forget()
}

func (f *file) forget() {
	f.buffer, f.lines = f.buffer[:0], 0
	if cap(f.buffer) > bufferSize {
		f.buffer = make([]byte, 0, bufferSize)
	}
}

// rotate moves the file and the older ones one number up. The oldest goes. A name that is not a file of this number is left.
func (f *file) rotate() {
	if f.out == nil {
		return
	}
	for n := f.keep; n > 0; n-- {
		if err := os.Rename(f.numbered(n-1), f.numbered(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.log.Error("rotate an output", "file", f.path, "error", err)
			return
		}
	}
	if f.keep == 0 {
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.log.Error("rotate an output", "file", f.path, "error", err)
			return
		}
	}
	f.Reopen()
}

func (f *file) numbered(n int) string {
	if n == 0 {
		return f.path
	}
	return f.path + "." + strconv.Itoa(n)
}

// Reopen opens the file of this name: another has moved the old one away.
func (f *file) Reopen() {
	f.write()
	if f.out != nil {
		_ = f.out.Close()
		f.out = nil
	}
	if err := f.open(); err != nil {
		f.fail(err)
	}
}

func (f *file) Status() Status { return f.of("file:" + f.path) }

func (f *file) Close(context.Context) error {
	f.write()
	if f.out == nil {
		return nil
	}
	if err := f.out.Close(); err != nil {
		return fmt.Errorf("close %s: %w", f.path, err)
	}
	return nil
}
