//go:build linux

package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How often tsboot is killed while it writes, and how many files of what size it writes meanwhile: large enough that
// most of a boot is writing.
const (
	kills      = 1000
	killsShort = 50
	tornFiles  = 4
	tornValue  = 4 << 10
	tornTimes  = 64 // so often the value stands in each file
)

// TestKilledWhileWriting kills tsboot again and again while it replaces files by others of the same length: a file is
// always wholly the one or wholly the other, and its owner's alone.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	times := kills
	if testing.Short() {
		times = killsShort
	}
	const lanes = 2
	for lane := range lanes {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			newTearing(t).killRepeatedly(times / lanes)
		})
	}
}

// tearing is a profile with some large files, and a store whose one value changes at every boot.
type tearing struct {
	t      *testing.T
	store  *store
	dir    string
	binary string
	args   []string
	whole  map[string]bool // the two right contents
	values [2]string
	usual  time.Duration // a boot that is left alone takes
}

func newTearing(t *testing.T) *tearing {
	t.Helper()
	k := &tearing{t: t, store: memoryStore(t), dir: inMemoryDir(t), binary: tsbootBinary(t), whole: map[string]bool{}}
	var profile strings.Builder
	profile.WriteString("name: torn\nparameters:\n  value: {required: true, secret: true}\nfiles:\n")
	for i := range tornFiles {
		fmt.Fprintf(&profile, "  - {path: %s/file-%d, format: text, text: \"begin%s end\"}\n", k.dir, i, strings.Repeat(" ${value|raw}", tornTimes))
	}
	profile.WriteString("run: {argv: [/bin/true], restart: \"no\"}\n")
	k.args = []string{"--profile", writeFile(t, filepath.Join(t.TempDir(), "torn.yaml"), profile.String(), 0o600), "--ssm-path", "/torn", "--log-level", "error"}
	for i, letter := range []string{"a", "b"} {
		k.values[i] = strings.Repeat(letter, tornValue)
		k.whole["begin"+strings.Repeat(" "+k.values[i], tornTimes)+" end"] = true
	}
	return k
}

// inMemoryDir is a directory whose fsync costs nothing, where the machine has one: a process that is killed tears a file
// on a disk no more and no less, only slower.
func inMemoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tsboot-integration.")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { removeAll(t, dir) })
	return dir
}

func (k *tearing) killRepeatedly(times int) {
	for i := range 10 {
		begin := time.Now()
		k.boot(i, func(*exec.Cmd) {})
		if took := time.Since(begin); i == 0 || took < k.usual {
			k.usual = took
		}
	}
	for name, content := range k.files() {
		if !k.whole[content] {
			k.t.Fatalf("%s is not as it should be even without a kill", name)
		}
	}
	for i := 1; i <= times; i++ {
		k.boot(i, func(cmd *exec.Cmd) {
			target := cmd.Process.Pid
			if i%2 == 0 {
				target = -target // and whatever runs in its process group
			}
			<-time.After(time.Duration(rand.Int64N(int64(k.usual * 5 / 4))))
			_ = syscall.Kill(target, syscall.SIGKILL) // it may have ended by itself
		})
		for name, content := range k.files() {
			if !k.whole[content] {
				k.t.Fatalf("after %d kills %s is torn: %d bytes", i, name, len(content))
			}
		}
	}
}

// boot starts tsboot on the other value, lets disturb do its work, and waits for the end.
func (k *tearing) boot(i int, disturb func(*exec.Cmd)) {
	k.t.Helper()
	k.store.memory.Put("/torn/value", k.values[i%2])
	cmd := exec.Command(k.binary, k.args...)
	cmd.Env = k.store.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	disturb(cmd)
	_ = cmd.Wait() // killed or not
}

func (k *tearing) files() map[string]string {
	k.t.Helper()
	found := map[string]string{}
	for i := range tornFiles {
		name := fmt.Sprintf("file-%d", i)
		info, err := os.Stat(filepath.Join(k.dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			k.t.Fatal(err)
		}
		if info.Mode() != 0o600 {
			k.t.Fatalf("%s has mode %v", name, info.Mode())
		}
		found[name] = readFile(k.t, filepath.Join(k.dir, name))
	}
	return found
}
