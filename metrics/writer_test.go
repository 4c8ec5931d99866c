package metrics

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
)

// run is a Writer at work.
type run struct {
	t       *testing.T
	path    string
	log     *lockedBuffer
	changed chan struct{}
	calls   atomic.Int64
	phase   atomic.Pointer[string]
	ended   chan struct{}
	done    chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, path string) *run {
	t.Helper()
	r := &run{t: t, path: path, log: &lockedBuffer{}, changed: make(chan struct{}, 1), ended: make(chan struct{}), done: make(chan struct{})}
	phase := "fetching"
	r.phase.Store(&phase)
	w := Writer{Path: path, Log: hclog.New(&hclog.LoggerOptions{Output: r.log}), Changed: r.changed, Collect: func() Metrics {
		r.calls.Add(1)
		return Metrics{Phase: *r.phase.Load()}
	}}
	go func() {
		defer close(r.done)
		w.Run(r.ended)
	}()
	t.Cleanup(r.end)
	return r
}

// change makes a change, and waits until the writer has taken it.
func (r *run) change(phase string) {
	r.t.Helper()
	before := r.calls.Load()
	r.phase.Store(&phase)
	r.changed <- struct{}{}
	r.await("the change is taken", func() bool { return r.calls.Load() > before && len(r.changed) == 0 })
}

func (r *run) end() {
	select {
	case <-r.ended:
	default:
		close(r.ended)
	}
	<-r.done
}

func (r *run) await(what string, reached func() bool) {
	r.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !reached() {
		select {
		case <-look.C:
		case <-deadline.C:
			r.t.Fatalf("not within 20 s: %s\n%s", what, r.log)
		}
	}
}

func (r *run) awaitPhase(phase string) {
	r.t.Helper()
	r.await("the file says "+phase, func() bool {
		data, _ := os.ReadFile(r.path)
		return strings.Contains(string(data), `tsboot_phase{phase="`+phase+`"} 1`)
	})
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return strings.Join(list, " ")
}

func TestWriterFollowsTheState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".tsboot.prom.17.tmp", ".other.prom.17.tmp", ".tsboot.prom.x.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, filepath.Join(dir, "tsboot.prom"))
	r.awaitPhase("fetching")
	r.change("running")
	r.awaitPhase("running")
	info, err := os.Stat(r.path)
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	phase := "stopping"
	r.phase.Store(&phase)
	r.end()
	r.awaitPhase("stopping")
	if got := names(t, dir); got != ".other.prom.17.tmp .tsboot.prom.x.tmp tsboot.prom" {
		t.Errorf("in the directory: %s", got)
	}
	if r.log.String() != "" {
		t.Errorf("log: %s", r.log)
	}
}

// TestWriterIsIdle: without a change nothing is collected.
func TestWriterIsIdle(t *testing.T) {
	t.Parallel()
	r := start(t, filepath.Join(t.TempDir(), "tsboot.prom"))
	r.awaitPhase("fetching")
	r.end()
	if calls := r.calls.Load(); calls != 2 {
		t.Errorf("collected %d times, want at the begin and at the end", calls)
	}
}

// TestWriterWarnsOnce: once of each error, and again after the file could be written.
func TestWriterWarnsOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "metrics")
	r := start(t, filepath.Join(dir, "tsboot.prom"))
	r.change("setup")
	r.change("setup")
	r.await("a warning", func() bool { return strings.Contains(r.log.String(), "no such file or directory") })
	r.obstruct(dir)
	r.change("running")
	r.await("another warning", func() bool { return strings.Contains(r.log.String(), "not a directory") })
	r.clear(dir)
	r.change("setup") // the first error once more
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.change("running")
	r.awaitPhase("running")
	r.await("it says that it recovered", func() bool { return strings.Contains(r.log.String(), "metrics file written again") })
	r.clear(filepath.Join(dir, "tsboot.prom"))
	r.clear(dir)
	r.change("backoff")
	r.await("the warning again", func() bool { return strings.Count(r.log.String(), "no such file or directory") == 2 })
	r.end()
	if n := strings.Count(r.log.String(), "[WARN]"); n != 3 {
		t.Errorf("%d warnings, want 3:\n%s", n, r.log)
	}
}

func (r *run) obstruct(file string) {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *run) clear(file string) {
	if err := os.Remove(file); err != nil {
		r.t.Fatal(err)
	}
}

// TestWriterReplacesOnlyFiles: a link is replaced and what it names stays as it is; a directory is not replaced.
func TestWriterReplacesOnlyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "tsboot.prom")
	if err := os.WriteFile(other, []byte("as it was"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	r := start(t, link)
	r.await("the link is replaced", func() bool {
		info, err := os.Lstat(link)
		return err == nil && info.Mode().IsRegular()
	})
	r.end()
	if data, _ := os.ReadFile(other); string(data) != "as it was" {
		t.Errorf("what the link named is now %q", data)
	}

	r = start(t, dir)
	r.await("a warning", func() bool { return strings.Contains(r.log.String(), "not a regular file") })
}

// TestWriterNeverTears: a reader always sees a whole file.
func TestWriterNeverTears(t *testing.T) {
	t.Parallel()
	r := start(t, filepath.Join(t.TempDir(), "tsboot.prom"))
	r.awaitPhase("fetching")
	for i := range 300 {
		r.phase.Store(&phases[i%len(phases)])
		select {
		case r.changed <- struct{}{}:
		default:
		}
		data, err := os.ReadFile(r.path)
		if err != nil {
			t.Fatal(err)
		}
		if parse(t, "a look", data)["tsboot_rollbacks_total"] == nil {
			t.Fatalf("torn: %q", data)
		}
	}
}

// TestWriterEndsWhileAWriteHangs: the end waits for a moment only.
func TestWriterEndsWhileAWriteHangs(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	log := &lockedBuffer{}
	w := Writer{Path: filepath.Join(t.TempDir(), "tsboot.prom"), Log: hclog.New(&hclog.LoggerOptions{Output: log}), Collect: func() Metrics {
		<-hangs
		runtime.Goexit() // it writes nothing where the test's directory is about to go
		return Metrics{}
	}}
	ended := make(chan struct{})
	close(ended)
	w.Run(ended)
	close(hangs)
	if !strings.Contains(log.String(), "the last write was given up") {
		t.Errorf("log: %s", log)
	}
}
