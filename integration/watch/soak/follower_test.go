//go:build linux

package main

import (
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tsboot/tsboot/integration/wait"
)

// writer writes lines to a file and rotates it, as tswatch does.
type writer struct {
	t    *testing.T
	path string
	file *os.File
}

func (w *writer) open() {
	w.t.Helper()
	var err error
	if w.file, err = os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) rotate() {
	w.t.Helper()
	for n := fileKeep; n > 1; n-- {
		_ = os.Rename(fmt.Sprint(w.path, ".", n-1), fmt.Sprint(w.path, ".", n))
	}
	if err := os.Rename(w.path, w.path+".1"); err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	_ = w.file.Close()
	w.open()
}

// TestFollower: no line is missed, and none comes twice, while the file is rotated and moved away.
func TestFollower(t *testing.T) {
	t.Parallel()
	story := newStory()
	ledger := newLedger(story)
	path := filepath.Join(t.TempDir(), "events")
	w := &writer{t: t, path: path}
	w.open()
	f := follow(path, ledger)
	var want []uint64
	moves := 0
	for n := range 3000 {
		line := fmt.Sprintf(`{"event":{"kind":"metric","sequence":%d}}`+"\n", n)
		if _, err := w.file.WriteString(line); err != nil {
			t.Fatal(err)
		}
		want = append(want, maphash.String(ledger.hash, line))
		if n%50 == 49 {
			w.rotate()
		}
		if n%500 == 237 { // as a program that rotates files, and SIGHUP
			moved, err := f.move()
			if err != nil {
				t.Fatal(err)
			}
			if moved {
				moves++
			}
			_ = w.file.Close()
			w.open()
		}
		if n%100 == 0 {
			f.read() // so that no file goes before it was read
		}
	}
	seen := func() int {
		ledger.mu.Lock()
		defer ledger.mu.Unlock()
		return len(ledger.lines)
	}
	wait.For(t, aLongTime, "all lines are read", func() bool { return seen() >= len(want) })
	f.close()
	if err := story.err(); err != nil || !slices.Equal(ledger.lines, want) || moves == 0 {
		t.Errorf("%d lines of %d, %d moves: %v", len(ledger.lines), len(want), moves, err)
	}
}
