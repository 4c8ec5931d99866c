package sink

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestFanHoldsUpNobody: of three outputs one never takes a line. The others get all, in order.
func TestFanHoldsUpNobody(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	s, stuck := newServer(t, take), newServer(t, code(503))
	fan := openFan(t, Options{}, "file:"+name, stuck.URL, s.URL)
	put(t, fan, 0, 5000)
	eventually(t, "the others have all", func() bool {
		all := fan.Status()
		return all[0].Sent == 5000 && all[2].Sent == 5000 && all[1].FailingSince != nil
	})
	wantNumbers(t, numbers(t, readFile(t, name)), 0, 5000)
	wantNumbers(t, numbers(t, s.text()), 0, 5000)
	if all := fan.Status(); all[1].Sent != 0 || all[1].FailingSince == nil || all[0].FailingSince != nil {
		t.Errorf("status %+v", all)
	}
}

// TestFanLeavesTheLineToItsCaller: the caller writes the next event to the same memory.
func TestFanLeavesTheLineToItsCaller(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "out")
	fan := openFan(t, Options{times: patient}, "file:"+name)
	var text []byte
	for n := range 1000 {
		text = append(text[:0], line(n)...)
		_ = fan.Put(Item{Line: text})
	}
	closeFan(t, fan)
	wantNumbers(t, numbers(t, readFile(t, name)), 0, 1000)
}

// TestLostMayAsk: Lost is called without any lock.
func TestLostMayAsk(t *testing.T) {
	t.Parallel()
	s := newServer(t, code(503))
	var fan *Fan
	var mu sync.Mutex
	var lost counter
	mu.Lock()
	fan = openFan(t, Options{SpoolDir: t.TempDir(), SpoolMax: 20000, Lost: func(n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fan.Status()
		_ = fan.Put(Item{Line: []byte(line(0)), Loss: true})
		lost.add(n)
	}}, s.URL)
	mu.Unlock()
	put(t, fan, 0, 5000)
	eventually(t, "some went", func() bool { return lost.get() > 0 })
}

// TestAFanThatCannotBeHad: what was opened before is closed, so a leak would be found at the end of the tests.
func TestAFanThatCannotBeHad(t *testing.T) {
	t.Parallel()
	s := newServer(t, take)
	if _, err := OpenFan([]string{s.URL, "stdout", "file:/no/such/dir/file"}, Options{Stdout: os.Stdout}); err == nil {
		t.Error("it was opened")
	}
}

// TestTheLastLine: what an output did not take at the end is said to those that took all, and to no other.
func TestTheLastLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var lost counter
	asked := 0
	last := func() []byte {
		if asked++; lost.get() == 0 {
			return nil
		}
		return []byte(line(int(lost.get())))
	}
	names := []string{"unix:" + filepath.Join(dir, "nobody"), "file:" + filepath.Join(dir, "out")}
	fan := openFan(t, Options{Lost: lost.add, Last: last}, names...)
	put(t, fan, 0, 10)
	eventually(t, "the file has them", func() bool { return fan.Status()[1].Sent == 10 })
	var undelivered *UndeliveredError
	err := fan.Close(context.Background())
	if !errors.As(err, &undelivered) || undelivered.Lines != 10 || errors.Is(err, ErrLocal) {
		t.Errorf("%v, want 10 lines that another program did not take", err)
	}
	wantNumbers(t, numbers(t, readFile(t, filepath.Join(dir, "out"))), 0, 11) // the last one says ten
	if err := fan.Close(context.Background()); err != nil || asked != 1 {
		t.Errorf("once more: %v, asked %d times", err, asked)
	}
	full := openFan(t, Options{Lost: lost.add, Last: last}, "file:"+filepath.Join(dir, "full"))
	full.sinks[0].device = &failing{}
	put(t, full, 0, 1)
	if err := full.Close(context.Background()); !errors.Is(err, ErrLocal) {
		t.Errorf("%v, want one about this machine", err)
	}
}
