//go:build linux

package pid1

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/wait"
)

// testCase is one behaviour, asked of every init.
type testCase struct {
	id    string
	title string
	from  string // the issue of a peer that the case goes back to
	modes []testenv.Mode
	needs []adapter.Option
	// limit says why tsboot answers N: what it cannot do, or does otherwise on purpose.
	limit string
	// note says under what condition tsboot's Y holds.
	note string
	run  func(*run)
}

// both are the modes of a case that names none.
var both = []testenv.Mode{testenv.PID1, testenv.Child}

// asChild are those of a case that makes no sense for process 1.
var asChild = []testenv.Mode{testenv.Child}

// run is one case on one init in one mode.
type run struct {
	*testenv.Env
	t        *testing.T
	init     *adapter.Adapter
	mode     testenv.Mode
	dir      string
	patience time.Duration // how long something that must happen may take
	orphans  int           // how many make a crowd
	files    []*os.File
}

// The ends of a case, thrown by the methods below so that a case reads as what it expects.
type (
	no      struct{ why string } // the init does not behave so
	lacking struct{ why string } // the init has no such option
	broken  struct{ err error }  // the suite itself failed
	missing struct {             // the machine has not what the case needs
		name string
		err  error
	}
)

func (m missing) Error() string { return m.err.Error() }

// asRoot is for cases that need another user.
func (r *run) asRoot() {
	if uid := os.Geteuid(); uid != 0 {
		panic(missing{"root", fmt.Errorf("run as uid %d", uid)})
	}
}

func (r *run) no(format string, args ...any) { panic(no{fmt.Sprintf(format, args...)}) }

func (r *run) must(err error) {
	if err != nil {
		panic(broken{err})
	}
}

func (r *run) open(path string, flag int) *os.File {
	f, err := os.OpenFile(path, flag, 0o666)
	r.must(err)
	r.files = append(r.files, f)
	return f
}

// order has a helper obey.
func (r *run) order(p *testenv.Helper, op testenv.Op) testenv.Message {
	m, err := p.Do(op)
	if err != nil {
		r.no("%v", err)
	}
	return m
}

// spawn has a helper start another and waits for that.
func (r *run) spawn(p *testenv.Helper, s testenv.Spawn) *testenv.Helper {
	r.order(p, testenv.Op{Do: "spawn", Spawn: &s})
	return r.helper(s.Name)
}

func (r *run) signal(i *testenv.Init, signals ...syscall.Signal) {
	for _, s := range signals {
		if err := i.Signal(s); err != nil {
			r.no("gone before it was sent %v: %v", s, err)
		}
	}
}

// hears waits until the helper has got the signal, as many times as asked.
func (r *run) hears(p *testenv.Helper, s syscall.Signal, times int) {
	if !p.Hears(s, times, r.patience) {
		r.no("%s did not get %s (%d of %d)%s", p.Name, name(s), p.Count(s), times, r.said())
	}
}

// exits waits for the init's end with the code.
func (r *run) exits(i *testenv.Init, code int) {
	got, err := i.Wait(r.patience)
	switch {
	case errors.Is(err, testenv.ErrTimeout):
		r.no("it did not end within %v%s", r.patience, r.said())
	case got != code:
		r.no("ended with %d, not %d%s", got, code, r.said())
	}
}

// gone waits for a helper's end.
func (r *run) gone(p *testenv.Helper) {
	if !p.Ends(r.patience) {
		r.no("%s lives on", p.Name)
	}
}

// eventually waits for what no helper reports.
func (r *run) eventually(what string, cond func() bool) {
	if !wait.Until(r.patience, cond) {
		r.no("%s", what)
	}
}

// prepared waits for what the suite itself does: how long that takes says nothing of the init.
func (r *run) prepared(what string, cond func() bool) {
	if !wait.Until(time.Minute, cond) {
		panic(broken{fmt.Errorf("prepare: %s", what)})
	}
}

// stops has a helper stop itself.
func (r *run) stops(p *testenv.Helper) {
	r.order(p, testenv.Op{Do: "stop"})
	r.prepared("stop "+p.Name, func() bool {
		process, there := r.Process(p.Inner)
		return there && process.State == "T"
	})
}

// program waits until the init's child is the program of that name and gives its number.
func (r *run) program(i *testenv.Init, name string) int {
	pid := 0
	r.eventually(name+" was not started", func() bool {
		for _, p := range r.Processes() {
			if p.Name == name && p.PPID == i.Inner && p.State != "Z" {
				pid = p.PID
			}
		}
		return pid != 0
	})
	return pid
}

// nothingLeft looks for what an ended init left behind. As process 1 it can leave nothing.
func (r *run) nothingLeft() {
	if r.mode == testenv.PID1 {
		return
	}
	for _, p := range r.Below(nil) {
		if p.State != "Z" {
			r.no("%s (%d) lives on after the init", p.Name, p.PID)
		}
	}
}

// each runs a start-to-end story several times: in one environment where the init is a child, in a new one each where it is
// process 1.
func (r *run) each(n int, story func(k int)) {
	for k := range n {
		if k > 0 && r.mode == testenv.PID1 {
			r.Close()
			a, err := testenv.New(r.mode)
			r.must(err)
			r.Env = a
		}
		story(k)
	}
}

// stderr is what the init and all below wrote there.
func (r *run) stderr() string {
	b, _ := os.ReadFile(filepath.Join(r.dir, "stderr"))
	return string(b)
}

// output is all that they wrote.
func (r *run) output() string {
	b, _ := os.ReadFile(filepath.Join(r.dir, "stdout"))
	return string(b) + r.stderr()
}

// said quotes the end of that.
func (r *run) said() string {
	text := strings.TrimSpace(r.stderr())
	if text == "" {
		return ""
	}
	if len(text) > 600 {
		text = "..." + text[len(text)-600:]
	}
	return "; it said: " + strings.ReplaceAll(text, "\n", " | ")
}

func name(s syscall.Signal) string {
	if n := unix.SignalName(s); n != "" {
		return n
	}
	return fmt.Sprintf("signal %d", int(s))
}
