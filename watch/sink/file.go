package sink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// fileMode is that of a new file. The arguments of programs may hold secrets, so others cannot read it; a program that ships logs
// reads it as a member of its group. A file that is there keeps its mode and its owner, also those that follow it.
const fileMode = 0o640

// file is a file that is rotated by its size: PATH, PATH.1, PATH.2, ... There is no line in two files.
//
// natefinch/lumberjack is not used: it counts in whole megabytes, refuses a line above its limit, and leaves a goroutine
// behind.
type file struct {
	path string
	max  int64
	keep int

	mu      sync.Mutex
	out     *os.File // nil: it could not be opened
	regular bool     // else it is a device: never rotated
	size    int64
	text    joined
}

func openFile(path string, size int64, keep int) (*file, error) {
	f := &file{path: path, max: size, keep: keep}
	return f, f.open(nil)
}

// open opens the file at its end, as a file like before, if that is not nil.
func (f *file) open(before fs.FileInfo) error {
	out, err := openForAppend(f.path)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = f.prepare(out, info, before)
	}
	if err != nil {
		_ = out.Close()
		return err
	}
	f.out, f.regular = out, info.Mode().IsRegular()
	return nil
}

// prepare gives a new file the mode and owner of the one before it, and ends a line that a kill has cut off.
func (f *file) prepare(out *os.File, info, before fs.FileInfo) error {
	if before != nil && info.Size() == 0 {
		if err := imitate(out, before); err != nil {
			return err
		}
	}
	f.size = info.Size()
	if f.size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := out.ReadAt(last, f.size-1); err != nil || last[0] == '\n' {
		return err
	}
	n, err := out.Write([]byte("\n"))
	f.size += int64(n)
	return err
}

func (f *file) deliver(_ context.Context, batch []Item) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.follow(); err != nil {
		return 0, err
	}
	for n < len(batch) {
		fit := f.fitting(batch[n:])
		if fit == 0 {
			if err := f.rotate(); err != nil {
				return n, err
			}
			continue
		}
		written, err := f.write(batch[n : n+fit])
		n += written
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// fitting is how many of the lines the file still takes. An empty one takes any line.
func (f *file) fitting(batch []Item) int {
	if f.max == 0 || !f.regular {
		return len(batch)
	}
	size := f.size
	for i, item := range batch {
		size += int64(len(item.Line))
		if size > f.max && (f.size > 0 || i > 0) {
			return i
		}
	}
	return len(batch)
}

// write writes lines. Where it cannot write all, it cuts off the part of a line.
func (f *file) write(batch []Item) (int, error) {
	written, err := f.out.Write(f.text.of(batch))
	f.size += int64(written)
	if err == nil {
		return len(batch), nil
	}
	whole := wholeLines(batch, written)
	rest := int64(written - len(f.text.of(batch[:whole])))
	if f.regular && rest > 0 && f.out.Truncate(f.size-rest) == nil {
		f.size -= rest
	}
	return whole, err
}

// follow opens the file again, where another was put in its place or it was removed.
func (f *file) follow() error {
	if f.out != nil && f.regular {
		mine, err := f.out.Stat()
		there, statErr := os.Stat(f.path)
		if err == nil && statErr == nil && os.SameFile(mine, there) {
			f.size = mine.Size() // another may have truncated it
			return nil
		}
		return f.again(mine)
	}
	if f.out != nil {
		return nil
	}
	return f.open(nil)
}

func (f *file) again(before fs.FileInfo) error {
	if f.out != nil {
		_ = f.out.Close()
		f.out = nil
	}
	return f.open(before)
}

// rotate moves the file and the older ones one number up. The oldest goes. A link stays, and what it leads to is moved: the next
// file belongs on the same disk.
func (f *file) rotate() error {
	before, err := f.out.Stat()
	if err != nil {
		return fmt.Errorf("rotate the output: %w", err)
	}
	path := resolve(f.path)
	last := min(1, f.keep) // the number that is free, or the oldest
	for last < f.keep && isThere(numbered(path, last)) {
		last++
	}
	for n := last; n > 0; n-- {
		if err := os.Rename(numbered(path, n-1), numbered(path, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("rotate the output: %w", err)
		}
	}
	if f.keep == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("rotate the output: %w", err)
		}
	}
	return f.again(before)
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func numbered(path string, n int) string {
	if n == 0 {
		return path
	}
	return path + "." + strconv.Itoa(n)
}

func (f *file) reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var before fs.FileInfo
	if f.out != nil {
		before, _ = f.out.Stat()
	}
	return f.again(before)
}

func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.out == nil {
		return nil
	}
	err := f.out.Close()
	f.out = nil
	return err
}
