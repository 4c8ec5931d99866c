package pipeline

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

const (
	maxLine    = 1 << 20 // of audit text; the kernel's records are shorter than 9,000 bytes, an interpreted part doubles them
	readerSize = 256 << 10
)

// Input is recorded audit text, or datagrams that tswatch record kept: a file, packed or not, or a stream.
type Input struct {
	Name string
	file io.ReadCloser
}

// Stdin is the standard input as an Input.
func Stdin(in io.Reader) Input { return Input{Name: "standard input", file: io.NopCloser(in)} }

// OpenInputs opens all files before any is read, so that one that is not there is known before anything is written. "-" is the
// standard input, which also stands for no file at all.
func OpenInputs(paths []string, stdin io.Reader) ([]Input, error) {
	if len(paths) == 0 {
		paths = []string{"-"}
	}
	var inputs []Input
	for _, path := range paths {
		if path == "-" {
			inputs = append(inputs, Stdin(stdin))
			continue
		}
		in, err := OpenInput(path)
		if err != nil {
			for _, opened := range inputs {
				opened.Close()
			}
			return nil, err
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// OpenInput opens a file. It is not read before its turn, and a named pipe not opened: that waits for a writer.
func OpenInput(path string) (Input, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return Input{Name: path, file: &namedPipe{path: path}}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return Input{}, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &os.PathError{Op: "read", Path: path, Err: errors.New("is a directory")}
	}
	if err != nil {
		_ = file.Close()
		return Input{}, err
	}
	return Input{Name: path, file: file}, nil
}

// namedPipe opens the pipe at the first Read. Close ends no Read that waits for a writer.
type namedPipe struct {
	path string
	file atomic.Pointer[os.File]
}

func (p *namedPipe) Read(into []byte) (int, error) {
	file := p.file.Load()
	if file == nil {
		opened, err := os.Open(p.path)
		if err != nil {
			return 0, err
		}
		p.file.Store(opened)
		file = opened
	}
	return file.Read(into)
}

func (p *namedPipe) Close() error {
	if file := p.file.Load(); file != nil {
		return file.Close()
	}
	return nil
}

// Close closes the input.
func (in Input) Close() { _ = in.file.Close() }

// lines calls take with each line, without its end. A line that is too long is not whole. The text is good until take
// returns. What the input itself has wrong ends it with an *InputError: the lines before that were taken. idle is called where
// nothing is there to be read for now; its error ends the input.
func (in Input) lines(ctx context.Context, take func(line []byte, whole bool) error, idle func() error) error {
	packed := bufio.NewReaderSize(pump(ctx, in.file, idle), readerSize)
	reader := packed
	if head, _ := packed.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		unpacked, err := gzip.NewReader(packed)
		if err != nil {
			return in.fault(ctx, err)
		}
		reader = bufio.NewReaderSize(unpacked, readerSize)
	}
	var long []byte // the begin of a line that is longer than the buffer
	over := false   // too long: the rest of it is skipped
	for {
		part, err := reader.ReadSlice('\n')
		line := part
		if long != nil || errors.Is(err, bufio.ErrBufferFull) {
			if over = over || len(long)+len(part) > maxLine; !over {
				long = append(long, part...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			line = long
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return in.fault(ctx, err)
		}
		if len(line) > 0 {
			if err := take(trimEnd(line), !over); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
		long, over = nil, false
	}
}

// fault is what ended the input: the context, an output, or the input itself.
func (in Input) fault(ctx context.Context, err error) error {
	var output *OutputError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &output):
		return err
	}
	return &InputError{in.Name, err}
}

func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}

// An InputError says that an input could not be read to its end.
type InputError struct {
	Name string
	Err  error
}

func (e *InputError) Error() string { return fmt.Sprintf("read %s: %v", e.Name, e.Err) }

func (e *InputError) Unwrap() error { return e.Err }
