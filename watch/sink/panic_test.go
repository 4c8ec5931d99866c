package sink

import (
	"context"
	"errors"
	"testing"
)

// broken is a standard output with a bug.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("a bug") }

// TestAPanicOfPut: it goes to the caller, and holds up neither the status nor the end.
func TestAPanicOfPut(t *testing.T) {
	t.Parallel()
	fan := openFan(t, Options{}, "stdout")
	s := fan.sinks[0]
	s.mu.Lock()
	s.queue = queue{live: 1, scan: -1, items: make([]Item, 1)} // no queue is ever like this
	s.mu.Unlock()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_ = fan.Put(Item{Line: []byte(line(0))})
	}()
	fan.Status()
	_ = fan.Close(context.Background())
}

// TestPanicked: the panic of a sink is handed over, its lines are counted, and the others go on.
func TestPanicked(t *testing.T) {
	t.Parallel()
	faults := make(chan any, 1)
	path := t.TempDir() + "/out"
	fan := openFan(t, Options{Stdout: broken{}, Panicked: func(fault any) { faults <- fault }, times: patient}, "stdout", "file:"+path)
	put(t, fan, 0, 1)
	if fault := <-faults; fault != "a bug" {
		t.Errorf("handed over is %v", fault)
	}
	put(t, fan, 1, 3)
	err := fan.Close(context.Background())
	var left *UndeliveredError
	if !errors.As(err, &left) || left.Where != "stdout" || left.Lines != 3 {
		t.Errorf("%v", err)
	}
	if sent := fan.Status()[1].Sent; sent != 3 {
		t.Errorf("the other one took %d", sent)
	}
}
