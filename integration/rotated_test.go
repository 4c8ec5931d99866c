//go:build linux

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/wait"
)

// rotatedProfile is an agent with two files. What it does is what the parameter mode says: it ends, or its health command
// or its setup fails. It notes what it found in its files at each start.
const rotatedProfile = `name: rotated
parameters:
  key: {required: true, secret: true, pattern: '^[a-z0-9-]+$'}
  mode: {default: stay}
  setup: {default: "true"}
files:
  - {path: "DIR/etc/one.json", format: json, content: {key: "${key}", mode: "${mode}"}}
  - {path: "DIR/etc/two.conf", mode: "0640", world-readable-secrets: true, format: text, text: "key=${key|raw}\n"}
setup: [{name: register, argv: [sh, -c, 'echo "$1" >>"$0/setups"; eval "$1"', "DIR", "${setup}"]}]
run:
  argv: [DIR/agent, -c, 'cat "$0/etc/two.conf" >>"$0/starts"; grep -q die "$0/etc/one.json" && exit 3; exec sleep 1000', "DIR"]
  restart: always
  grace: 2s
  on-refresh: ON
  refresh-signal: SIGHUP
health: {argv: [sh, -c, '! grep -q sick "$0/etc/one.json"', "DIR"]}
`

// rotated is a tsboot with that agent.
type rotated struct {
	*observed
	store *store
	dir   string
}

func rotate(t *testing.T, on string, flags ...string) *rotated {
	t.Helper()
	s := memoryStore(t)
	s.secret("/app/key", "k1")
	dir := t.TempDir()
	profile := writeFile(t, filepath.Join(dir, "rotated.yaml"), strings.NewReplacer("ON", on, "DIR", dir).Replace(rotatedProfile), 0o644)
	r := &rotated{store: s, dir: dir}
	r.install()
	r.observed = observe(t, s, nil, append([]string{"--ssm-path", s.path("/app"), "--profile", profile}, flags...)...)
	r.awaitPhase("running")
	r.wantStarts("k1")
	return r
}

// install puts the agent's program in its place.
func (r *rotated) install() {
	r.store.t.Helper()
	if err := os.Symlink("/bin/sh", r.dir+"/agent"); err != nil {
		r.store.t.Fatal(err)
	}
}

// wantStarts waits until the agent has found these keys, one at each start.
func (r *rotated) wantStarts(keys ...string) {
	r.t.Helper()
	want := "key=" + strings.Join(keys, "\nkey=") + "\n"
	var got []byte
	if !wait.Until(aLongTime, func() bool { got, _ = os.ReadFile(r.dir + "/starts"); return string(got) == want }) {
		r.t.Fatalf("starts: %q, want %q\n%s", got, want, r.stderr())
	}
}

// refresh runs `tsboot refresh` and wants its exit code and words in what it says.
func (r *rotated) refresh(code int, words ...string) {
	r.t.Helper()
	got, said := r.refreshed()
	if got != code {
		r.t.Fatalf("exit code %d, want %d: %s\n%s", got, code, said, r.stderr())
	}
	for _, word := range words {
		if !strings.Contains(said, word) {
			r.t.Errorf("no %q in %s", word, said)
		}
	}
	for _, secret := range r.store.secrets {
		if len(secret) > 2 && strings.Contains(said+r.stderr(), secret) {
			r.t.Errorf("the secret is said: %s\n%s", said, r.stderr())
		}
	}
}

func (r *rotated) refreshed() (code int, said string) {
	cmd := exec.Command(tsbootBinary(r.t), "refresh", "--run-dir", r.observed.dir)
	cmd.Env = []string{}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Error(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// files are those in the directory of the agent's files, and the directory itself: mode, inode, time and content.
func (r *rotated) files() string {
	r.t.Helper()
	var all []string
	err := filepath.WalkDir(r.dir+"/etc", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Stat(name, &st); err != nil {
			return err
		}
		content := ""
		if !entry.IsDir() {
			content = readFile(r.t, name)
		}
		all = append(all, fmt.Sprintf("%s %o %d %d.%09d %q", entry.Name(), st.Mode, st.Ino, st.Mtim.Sec, st.Mtim.Nsec, content))
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// wantSame wants the files to be as they were; the directory itself may have been written to.
func (r *rotated) wantSame(before string) {
	r.t.Helper()
	_, got, _ := strings.Cut(r.files(), "\n")
	if _, want, _ := strings.Cut(before, "\n"); got != want {
		r.t.Errorf("the files are\n%s\nand were\n%s", got, want)
	}
}

// wantNothingKept wants no file beside those of the agent and their record.
func (r *rotated) wantNothingKept() {
	r.t.Helper()
	if kept := r.kept(); len(kept) > 0 {
		r.t.Errorf("left: %v", kept)
	}
}

func (r *rotated) kept() []string {
	r.t.Helper()
	kept, err := filepath.Glob(r.dir + "/etc/.tsboot-[^r]*")
	if err != nil {
		r.t.Fatal(err)
	}
	return kept
}

func (r *rotated) status() wireStatus {
	r.t.Helper()
	return r.await("an answer", func(wireStatus) bool { return true })
}

// wantVersion wants the status to say which version of the key the agent runs on.
func (r *rotated) wantVersion(version int64) {
	r.t.Helper()
	r.await(fmt.Sprint("version ", version), func(s wireStatus) bool {
		return len(s.Parameters) > 0 && s.Parameters[0].Name == "key" && *s.Parameters[0].Version == version
	})
}

// wantLastError wants all of the words in last_error; none: there is no error.
func (r *rotated) wantLastError(words ...string) {
	r.t.Helper()
	last := r.status().Refresh.LastError
	if last == nil {
		last = new(string)
	}
	if (*last == "") != (len(words) == 0) {
		r.t.Errorf("last_error %q", *last)
	}
	for _, word := range words {
		if !strings.Contains(*last, word) {
			r.t.Errorf("last_error %q has no %q", *last, word)
		}
	}
}

func (r *rotated) stop(code int) {
	r.t.Helper()
	r.signal(syscall.SIGTERM)
	r.wantExit(code)
	r.wantNothingKept()
}

const stopped = 128 + int(syscall.SIGTERM)
