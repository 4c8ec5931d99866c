package sink

import (
	"context"
	"errors"
	"testing"
)

// broken is a standard output with a bug.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("a bug") }

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
