//go:build linux

package integration

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// leakCheck looks for a test's secrets where they must not be. It samples the processes of every container while they run
// and looks at logs and files when the test ends. Every end-to-end test has one; it only says
// what is allowed.
type leakCheck struct {
	store *store
	dir   string          // every file below it is looked at, unless empty
	notes func() []record // what the fake agent wrote down, nil without one
	// argvMay lists programs whose arguments may hold a secret, because the vendor left no other way.
	argvMay []string
	// envMay says that the agent's environment is where the secrets belong (exec).
	envMay bool
	// given says that the secrets came in by tsboot's own environment, where the kernel shows them for ever.
	given bool

	mu        sync.Mutex
	processes map[string]sample // by all that is in them: each is judged once
	texts     []func() (where, text string)
	samplers  sync.WaitGroup
}

// sample is what the kernel shows of one process to everybody (argv) and to its own user (environ).
type sample struct{ exe, argv, environ string }

func newLeakCheck(t *testing.T, s *store, dir string) *leakCheck {
	l := &leakCheck{store: s, dir: dir, processes: map[string]sample{}}
	t.Cleanup(func() { l.check(t) })
	return l
}

// watch samples the process and everything below it until it has ended, and looks at its output when the test ends.
func (l *leakCheck) watch(p *process) {
	l.alsoText("standard error", p.stderr)
	l.alsoText("standard output", p.stdout)
	l.watchPID(p.cmd.Process.Pid, p.ended)
}

// alsoText has the leak check look at a text when the test ends.
func (l *leakCheck) alsoText(where string, text func() string) {
	l.texts = append(l.texts, func() (string, string) { return where, text() })
}

func (l *leakCheck) watchPID(pid int, ended <-chan struct{}) {
	l.samplers.Add(1)
	go func() {
		defer l.samplers.Done()
		tick := time.NewTicker(4 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				for _, each := range treeOf(pid) {
					l.sample(each)
				}
			}
		}
	}()
}

func treeOf(pid int) []int {
	list := []int{pid}
	for _, child := range childrenOf(pid) {
		list = append(list, treeOf(child)...)
	}
	return list
}

func (l *leakCheck) sample(pid int) {
	dir := "/proc/" + strconv.Itoa(pid)
	exe, _ := os.Readlink(dir + "/exe")
	argv, _ := os.ReadFile(dir + "/cmdline")
	environ, _ := os.ReadFile(dir + "/environ")
	after, _ := os.Readlink(dir + "/exe")
	if exe == "" || exe != after || strings.Contains(string(environ), containerVariable+"=") {
		return // became another program meanwhile, or is the harness on its way to becoming one
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := sample{exe: filepath.Base(exe), argv: string(argv), environ: string(environ)}
	l.processes[s.exe+"\x00"+s.argv+"\x00"+s.environ] = s
}

func (l *leakCheck) check(t *testing.T) {
	t.Helper()
	l.samplers.Wait()
	found, err := l.findings()
	if err != nil {
		t.Errorf("look for leaks: %v", err)
	}
	for _, where := range found {
		t.Errorf("leak: a secret is in %s", where)
	}
}

// findings says where a secret was found, and never which.
func (l *leakCheck) findings() ([]string, error) {
	needles := spellings(l.store.secrets)
	var found []string
	look := func(where, text string) {
		if slices.ContainsFunc(needles, func(needle string) bool { return strings.Contains(text, needle) }) {
			found = append(found, where)
		}
	}
	for _, each := range l.texts {
		look(each())
	}
	for _, s := range l.processes {
		if !slices.Contains(l.argvMay, s.exe) {
			look("the arguments of "+s.exe, s.argv)
		}
		ours := s.exe == "tsboot"
		if ours && !l.given || !ours && !l.envMay {
			look("the environment of "+s.exe, s.environ)
		}
	}
	if l.notes != nil {
		for _, r := range l.notes() {
			if !slices.Contains(l.argvMay, r.Name) {
				look("the arguments of "+r.Name, strings.Join(r.Argv, " "))
			}
			if !l.envMay {
				look("the environment of "+r.Name, strings.Join(r.Env, "\n"))
			}
		}
	}
	return found, l.lookAtFiles(look)
}

// lookAtFiles looks into every file that somebody other than its owner may read.
func (l *leakCheck) lookAtFiles(look func(where, text string)) error {
	if l.dir == "" {
		return nil
	}
	return filepath.WalkDir(l.dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o044 == 0 || info.Size() > 4<<20 {
			return nil // the owner's own, or a program
		}
		data, err := os.ReadFile(file)
		look(file+" ("+info.Mode().String()+")", string(data))
		return err
	})
}

// spellings are the secrets and what they look like after the usual encodings. Very short values occur by chance and
// are left out.
func spellings(secrets []string) []string {
	var list []string
	for _, secret := range secrets {
		if len(secret) < 6 {
			continue
		}
		quoted, _ := json.Marshal(secret)
		list = append(list,
			secret, strings.Trim(string(quoted), `"`), strings.Trim(strconv.Quote(secret), `"`), url.QueryEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
