package pipeline

import (
	"io/fs"
	"testing"

	"github.com/tsboot/tsboot/watch/audit"
)

// recordedSource gives the records of a recording as kernel.Socket gives those of the kernel, and ends.
func recordedSource(t *testing.T, name string) Source {
	t.Helper()
	in, err := OpenInput(recordings + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	s := &finite{}
	err = in.lines(t.Context(), func(line []byte, _ bool) error {
		r, is, err := parseRecording(string(line))
		if is {
			s.records = append(s.records, r)
		}
		return err
	}, func() error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// finite is a source that is closed after its last record.
type finite struct{ records []audit.Record }

func (f *finite) Receive() (audit.Record, error) {
	if len(f.records) == 0 {
		return audit.Record{}, fs.ErrClosed
	}
	r := f.records[0]
	f.records = f.records[1:]
	return r, nil
}

func (*finite) Drain()       {}
func (*finite) Alive() error { return nil }
func (*finite) Close() error { return nil }
