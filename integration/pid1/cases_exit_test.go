//go:build linux

package pid1

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func exitCases() []testCase {
	return []testCase{
		{id: "exit-code", title: "Ends with the child's code", run: exitCodes},
		{id: "exit-signal", title: "Ends with 128+n when signal n killed the child", run: exitSignals},
		{id: "exit-quick", title: "A child that ends at once, 20 times: no status lost", run: quickChild},
		{id: "exit-amid-orphans", title: "Its code is not taken from orphans that end with it", run: amidOrphans},
		{id: "exit-flood", title: "Signals at the instant of the child's end do not change the code", run: exitFlood},
		{id: "exit-stopped", title: "A child that is stopped has not ended", run: stoppedIsNotDead},
		{id: "remap", title: "Remaps an exit code to 0", needs: []adapter.Option{adapter.Remap}, run: remaps},
		{id: "remap-signal", title: "Remaps a death by signal (143 to 0)", from: "tini #69", needs: []adapter.Option{adapter.Remap}, run: remapsSignal},
		{id: "remap-to", title: "Remaps an exit code to another", needs: []adapter.Option{adapter.RemapTo}, run: remapsTo},
		{id: "remap-own", title: "A remapped code does not hide that the command was not found", needs: []adapter.Option{adapter.Remap}, run: remapNotOwn},
		{id: "exit-logged", title: "Says how the child ended, when asked to be verbose", needs: []adapter.Option{adapter.Verbose}, run: exitLogged},
	}
}

// exitCodes tries every code on ours, where a start costs no new namespace; else those of dumb-init's own suite.
func exitCodes(r *run) {
	codes := []int{0, 1, 2, 32, 64, 126, 127, 128, 143, 254, 255}
	if r.init.Own && r.mode == testenv.Child {
		codes = nil
		for c := range 256 {
			codes = append(codes, c)
		}
	}
	r.each(len(codes), func(k int) {
		r.exits(r.start(spec{child: []string{"/bin/sh", "-c", fmt.Sprintf("exit %d", codes[k])}}), codes[k])
	})
}

func exitSignals(r *run) {
	signals := []syscall.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGSEGV,
		syscall.SIGPIPE, syscall.SIGTERM, syscall.SIGPROF, sigRTMin + 3, sigRTMax,
	}
	r.each(len(signals), func(k int) {
		script := fmt.Sprintf("ulimit -c 0; kill -%d $$; sleep 1000", int(signals[k]))
		r.exits(r.start(spec{child: []string{"/bin/sh", "-c", script}}), 128+int(signals[k]))
	})
}

func quickChild(r *run) {
	r.each(20, func(int) { r.exits(r.start(spec{child: []string{"/bin/sh", "-c", "exit 9"}}), 9) })
}

// amidOrphans has forty grandchildren end with 9 while the child ends with 4.
func amidOrphans(r *run) {
	script := "i=0; while [ $i -lt 40 ]; do (exit 9) & i=$((i+1)); done; exit 4"
	r.each(8, func(int) { r.exits(r.start(spec{child: []string{"/bin/sh", "-c", script}}), 4) })
}

func exitFlood(r *run) {
	r.each(8, func(int) {
		i, child := r.startHelper(spec{}, "")
		r.order(child, testenv.Op{Do: "exit", Code: 7})
		for i.Running() && i.Signal(syscall.SIGUSR1) == nil {
			// until nobody is left to hear it
			continue
		}
		r.exits(i, 7)
	})
}

func stoppedIsNotDead(r *run) {
	i, child := r.startHelper(spec{}, "")
	r.stops(child)
	if _, ended := i.WaitStatus(300 * time.Millisecond); ended {
		r.no("it took a stopped child for a dead one")
	}
	r.must(r.Kill(child.Inner, syscall.SIGCONT))
	r.order(child, testenv.Op{Do: "exit", Code: 6})
	r.exits(i, 6)
}

func remaps(r *run) {
	codes := [][2]int{{3, 0}, {4, 4}, {255, 255}}
	r.each(len(codes), func(k int) {
		script := fmt.Sprintf("exit %d", codes[k][0])
		r.exits(r.start(spec{child: []string{"/bin/sh", "-c", script}, set: []adapter.Setting{adapter.Set(adapter.Remap, 3)}}), codes[k][1])
	})
}

func remapsSignal(r *run) {
	i := r.start(spec{child: []string{"/bin/sleep", "1000"}, set: []adapter.Setting{adapter.Set(adapter.Remap, 143)}})
	r.program(i, "sleep")
	r.signal(i, syscall.SIGTERM)
	r.exits(i, 0)
}

func remapsTo(r *run) {
	i := r.start(spec{child: []string{"/bin/sh", "-c", "exit 3"}, set: []adapter.Setting{adapter.Set(adapter.RemapTo, 3, 44)}})
	r.exits(i, 44)
}

func remapNotOwn(r *run) {
	i := r.start(spec{child: []string{"/nonexistent/program"}, set: []adapter.Setting{adapter.Set(adapter.Remap, 127)}})
	r.exits(i, 127)
}

func exitLogged(r *run) {
	i := r.start(spec{child: []string{"/bin/sh", "-c", "exit 47"}, set: r.verbose()})
	r.exits(i, 47)
	if !strings.Contains(r.output(), "47") {
		r.no("it said nothing of code 47%s", r.said())
	}
}
