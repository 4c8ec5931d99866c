//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// follower reads the file of tswatch while that grows, is rotated, and is moved away. It misses no line of any of the files.
type follower struct {
	path   string
	ledger *ledger

	mu       sync.Mutex
	current  *os.File
	previous *os.File // of the numbered files; nil: there is none
	moved    bool     // the current one has none of the names any more
	part     []byte   // of a line
	stop     chan struct{}
	done     sync.WaitGroup
}

const pollFile = 50 * time.Millisecond

func follow(path string, ledger *ledger) *follower {
	f := &follower{path: path, ledger: ledger, stop: make(chan struct{})}
	f.done.Go(func() {
		tick := time.NewTicker(pollFile)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				f.read()
			case <-f.stop:
				f.read()
				return
			}
		}
	})
	return f
}

func (f *follower) close() {
	close(f.stop)
	f.done.Wait()
}

// read takes all lines that are there.
func (f *follower) read() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		next, err := f.next()
		if err != nil {
			f.ledger.story.violation("follow the file: %v", err)
			return
		}
		if f.current != nil {
			f.rest() // when there is a next one, nothing more comes in this one
		}
		if next == nil {
			return
		}
		if len(f.part) > 0 {
			f.ledger.story.violation("a file ends within a line: %.200q", f.part)
			f.part = nil
		}
		f.leave(next)
	}
}

func (f *follower) leave(next *os.File) {
	if f.current != nil && f.moved {
		_ = f.current.Close()
	} else if f.current != nil {
		if f.previous != nil {
			_ = f.previous.Close()
		}
		f.previous = f.current
	}
	f.current, f.moved = next, false
}

func (f *follower) rest() {
	text, err := io.ReadAll(f.current)
	if err != nil {
		f.ledger.story.violation("read the file: %v", err)
	}
	text = append(f.part, text...)
	end := bytes.LastIndexByte(text, '\n') + 1
	for line := range bytes.Lines(text[:end]) {
		f.ledger.line(line)
	}
	f.part = bytes.Clone(text[end:])
}

// next is the file after the current one; nil: there is none. Numbers only grow: a file that is found before its successor and
// after it at the same number was there in between.
func (f *follower) next() (*os.File, error) {
	anchor := f.current
	if f.moved {
		anchor = f.previous
	}
	for range 100 {
		at := f.numberOf(anchor)
		if anchor == nil {
			at = f.oldest() + 1
		}
		if at <= 0 {
			return nil, nil
		}
		next, err := os.Open(f.numbered(at - 1))
		switch {
		case os.IsNotExist(err) && at == 1:
			return nil, nil
		case err != nil:
			continue
		case anchor != nil && f.numberOf(anchor) != at, anchor == nil && f.oldest()+1 != at:
			_ = next.Close()
			continue
		}
		return next, nil
	}
	return nil, fmt.Errorf("%d files were not enough, or one is missing", fileKeep)
}

func (f *follower) numbered(n int) string {
	if n == 0 {
		return f.path
	}
	return fmt.Sprint(f.path, ".", n)
}

// numberOf is the number of an open file; -1: it has none.
func (f *follower) numberOf(file *os.File) int {
	if file == nil {
		return -1
	}
	info, err := file.Stat()
	if err != nil {
		return -1
	}
	for n := range fileKeep + 1 {
		if there, err := os.Stat(f.numbered(n)); err == nil && os.SameFile(info, there) {
			return n
		}
	}
	return -1
}

// oldest is the highest number that there is; -1: there is no file.
func (f *follower) oldest() int {
	for n := fileKeep; n >= 0; n-- {
		if _, err := os.Stat(f.numbered(n)); err == nil {
			return n
		}
	}
	return -1
}

// move moves the file away, as a program does that rotates files by itself. false: just now tswatch has rotated it.
func (f *follower) move() (bool, error) {
	f.read()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current == nil || f.moved || f.numberOf(f.current) != 0 {
		return false, nil
	}
	away := filepath.Join(filepath.Dir(f.path), "moved")
	if err := os.Rename(f.path, away); err != nil {
		return false, err
	}
	info, err := f.current.Stat()
	there, statErr := os.Stat(away)
	if err != nil || statErr != nil || !os.SameFile(info, there) {
		return false, errors.New("another file than the one that was read was moved away")
	}
	f.moved = true
	return true, nil
}
