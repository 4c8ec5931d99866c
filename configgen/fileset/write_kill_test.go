//go:build linux

package fileset

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestWriteKilled kills a process that writes without end 1,000 times, each
// time at another moment: never is the file torn, and what the killed leave
// does not pile up.
func TestWriteKilled(t *testing.T) {
	t.Parallel()
	kills, workers := 1000, 4
	if testing.Short() {
		kills = 40
	}
	var left atomic.Int64
	left.Store(int64(kills))
	var wg sync.WaitGroup
	for range workers {
		path := filepath.Join(t.TempDir(), "conf", "agent.json")
		wg.Go(func() {
			for left.Add(-1) >= 0 && !t.Failed() {
				killOnce(t, path)
			}
			mustWrite(t, file(path, "end"), nil, true)
			if got := names(filepath.Dir(path)); got != "agent.json" {
				t.Errorf("left behind: %s", got)
			}
		})
	}
	wg.Wait()
}

func killOnce(t *testing.T, path string) {
	c := helper(t, "rewrite", path)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Errorf("the writer did not start: %v", err)
	}
	<-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond)
	_ = c.Process.Kill()
	_ = c.Wait()
	got, err := os.ReadFile(path)
	if err != nil || !whole(got) {
		t.Errorf("after SIGKILL the file has %d bytes, %v", len(got), err)
	}
	if n := strings.Count(names(filepath.Dir(path)), tempPrefix); n > 2 { // the new file, and the old one kept
		t.Errorf("%d temporary files are left", n)
	}
}
