//go:build linux

package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/wait"
)

func quietCases() []testCase {
	return []testCase{
		{id: "quiet", title: "No wake-up in 20 s while the child simply runs", run: sleepsWell},
		{id: "memory", title: "At most 4 MB of anonymous memory while the child runs", run: smallMemory},
		{id: "oom", title: "Says when the kernel killed the child for want of memory", run: saysOutOfMemory},
	}
}

// switches sums the voluntary context switches of all threads: each is a wake-up.
func (r *run) switches(pid int) int {
	tasks, err := os.ReadDir(r.Path(pid, "task"))
	r.must(err)
	sum := 0
	for _, t := range tasks {
		status, err := r.File(pid, "task/"+t.Name()+"/status")
		r.must(err)
		n, err := field(status, "voluntary_ctxt_switches")
		r.must(err)
		sum += n
	}
	return sum
}

// field reads a number from a file of lines "name: number".
func field(text, name string) (int, error) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strconv.Atoi(strings.Fields(value)[0])
		}
	}
	return 0, fmt.Errorf("find %s", name)
}

// settle waits until the init has slept for so long without a switch, but not for ever: one never sleeps. It gives the
// number of switches till then.
func (r *run) settle(i *testenv.Init, quiet time.Duration) int {
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	before := r.switches(i.Inner)
	for range 10 {
		<-tick.C
		now := r.switches(i.Inner)
		if now == before {
			break
		}
		before = now
	}
	return before
}

func sleepsWell(r *run) {
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
	r.program(i, "sleep")
	// What the garbage collector gives back to the kernel after the start it gives in steps. Their pauses are a hundred times as long as they
	// took, and on a busy machine they take long.
	before := r.settle(i, 5*time.Second)
	<-time.After(20 * time.Second)
	if n := r.switches(i.Inner) - before; n > 0 {
		r.no("%d in 20 s", n)
	}
}

func smallMemory(r *run) {
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}})
	r.program(i, "sleep")
	used := 0
	if !wait.Until(5*time.Second, func() bool {
		rollup, err := r.File(i.Inner, "smaps_rollup")
		r.must(err)
		used, err = field(rollup, "Anonymous")
		r.must(err)
		return used <= 4096
	}) {
		r.no("%d kB", used)
	}
	r.t.Logf("%d kB anonymous", used)
}

// memoryCgroup makes one with a limit, of whichever version is mounted here.
func (r *run) memoryCgroup(limit int) (procs string) {
	for _, kind := range []struct{ root, limit string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"},
	} {
		dir := filepath.Join(kind.root, fmt.Sprintf("tsboot-pid1-%d-%s", os.Getpid(), filepath.Base(filepath.Dir(r.dir))))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		r.t.Cleanup(func() {
			wait.Until(5*time.Second, func() bool { return os.Remove(dir) == nil })
		})
		if os.WriteFile(filepath.Join(dir, kind.limit), []byte(strconv.Itoa(limit)), 0) == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
	}
	panic(missing{"cgroup", fmt.Errorf("no memory cgroup can be made here")})
}

func saysOutOfMemory(r *run) {
	procs := r.memoryCgroup(96 << 20)
	i, child := r.startHelper(spec{set: r.verbose(), launch: testenv.Launch{CgroupProcs: procs}}, stubborn)
	_, _ = child.Do(testenv.Op{Do: "eat", Code: 192})
	r.exits(i, 137)
	if !strings.Contains(strings.ToLower(r.output()), "oom") {
		r.no("it says no more than of any SIGKILL")
	}
}
