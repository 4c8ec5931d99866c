//go:build linux

package pid1

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
	"github.com/tsboot/tsboot/integration/pid1/testenv"
)

func bootCases() []testCase {
	cases := []testCase{
		{id: "setup-order", title: "Runs setup commands in order before the child", run: setupInOrder},
		{id: "setup-fails", title: "A setup command that fails ends it, the child never runs", run: setupFails},
		{id: "setup-retries", title: "Tries a setup command again as often as it may", run: setupRetries},
		{id: "setup-background", title: "A setup command that leaves a process with its output open holds nothing up", run: setupBackground},
		{id: "setup-hangs", title: "A setup command that hangs, deaf to TERM, is ended with its children", run: setupHangs},
		{id: "setup-stop", title: "TERM during setup ends the command and then it: 143", run: setupStop},
		{id: "setup-signals", title: "Other signals during setup do no harm", run: setupSignals},
		{id: "health-restart", title: "Restarts a child whose health check fails", run: healthRestarts},
		{id: "setup-race", title: "100 setup commands, each with a code of its own and 40 orphans: no status stolen, none invented", run: setupRace},
		{id: "health-race", title: "300 health checks while 20,000 orphans end: no status stolen, none invented", run: healthRace},
		{id: "follow-pidfile", title: "Follows a daemon by its pid file: its end, its code", run: followsPIDFile},
		{id: "follow-last-child", title: "Follows a daemon as the last adopted child", run: followsLastChild},
		{id: "follow-stop", title: "TERM reaches the daemon it follows, and stops it", run: followStops},
		{id: "follow-stale", title: "A stale pid file: the stranger of that number is neither followed nor signalled", modes: asChild, run: followStale},
	}
	for n := range cases {
		cases[n].needs = append(cases[n].needs, adapter.Profile)
	}
	return cases
}

// profile writes one, in the init's own format.
func (r *run) profile(parts map[string]any) []adapter.Setting {
	parts["name"], parts["description"] = "suite", "written by a test"
	// JSON is YAML.
	text, err := json.Marshal(parts)
	r.must(err)
	file := filepath.Join(r.dir, "profile.yaml")
	r.must(os.WriteFile(file, text, 0o644))
	return []adapter.Setting{adapter.Set(adapter.Profile, file)}
}

type object = map[string]any

func shell(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// boots starts the init on a profile whose agent is a helper called "child".
func (r *run) boots(parts object) *testenv.Init {
	argv := r.HelperArgv("child", stubborn)
	if _, given := parts["run"]; !given {
		parts["run"] = object{"argv": argv, "restart": "no", "grace": "1s"}
	}
	return r.start(spec{child: nil, set: r.profile(parts)})
}

func setupInOrder(r *run) {
	log := filepath.Join(r.dir, "log")
	step := func(name string) object {
		return object{"name": name, "argv": shell("echo $1 >>$2", name, log)}
	}
	i := r.boots(object{
		"setup": []object{step("one"), step("two")},
		"run":   object{"argv": shell("echo child >>$1; exit 4", log), "restart": "no"},
	})
	r.exits(i, 4)
	got, err := os.ReadFile(log)
	r.must(err)
	if string(got) != "one\ntwo\nchild\n" {
		r.no("they ran as %q", got)
	}
}

func setupFails(r *run) {
	i := r.boots(object{
		"setup": []object{{"name": "bad", "argv": shell("echo the reason >&2; exit 3")}},
		"run":   object{"argv": shell(": >$1", filepath.Join(r.dir, "ran")), "restart": "no"},
	})
	r.exits(i, 76)
	if r.exist("ran") {
		r.no("the child ran")
	}
	if !strings.Contains(r.stderr(), "the reason") {
		r.no("the command's own words are lost%s", r.said())
	}
}

func setupRetries(r *run) {
	script := "echo try >>$1; test $(wc -l <$1) -ge 3"
	i := r.boots(object{
		"setup": []object{{"name": "flaky", "argv": shell(script, filepath.Join(r.dir, "tries")), "retries": 2}},
		"run":   object{"argv": shell("exit 6"), "restart": "no"},
	})
	r.exits(i, 6)
}

func setupBackground(r *run) {
	i := r.boots(object{
		"setup": []object{{"name": "forks", "argv": shell("sleep 1000 & exit 0"), "timeout": "20s"}},
		"run":   object{"argv": shell("exit 6"), "restart": "no", "grace": "1s"},
	})
	r.exits(i, 6)
	r.nothingLeft()
}

func setupHangs(r *run) {
	script := "trap '' TERM; sleep 1000 & sleep 1000"
	i := r.boots(object{
		"setup": []object{{"name": "hangs", "argv": shell(script), "timeout": "300ms"}},
		"run":   object{"argv": []string{"/bin/true"}, "restart": "no", "grace": "1s"},
	})
	r.exits(i, 76)
	r.nothingLeft()
}

// inSetup starts the init with a setup command that is a helper called "step".
func (r *run) inSetup(traits string) (*testenv.Init, *testenv.Helper) {
	i := r.boots(object{"setup": []object{{"name": "step", "argv": r.HelperArgv("step", traits)}}})
	return i, r.helper("step")
}

func setupStop(r *run) {
	traits := []string{mortal, stubborn}
	r.each(len(traits), func(k int) {
		i, step := r.inSetup(traits[k])
		r.signal(i, syscall.SIGTERM)
		r.gone(step)
		r.exits(i, 143)
		if p, err := r.Helper("child", 0); err == nil {
			r.no("the child was started all the same: %d", p.Inner)
		}
		r.Forget("step")
	})
}

func setupSignals(r *run) {
	i, step := r.inSetup(stubborn)
	r.signal(i, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGPIPE, syscall.SIGWINCH, sigRTMin+3, syscall.SIGCONT)
	if _, ended := i.WaitStatus(200 * time.Millisecond); ended {
		r.no("one of them ended it")
	}
	r.order(step, testenv.Op{Do: "exit", Code: 0})
	child := r.helper("child")
	r.order(child, testenv.Op{Do: "exit", Code: 2})
	r.exits(i, 2)
}

func healthRestarts(r *run) {
	sick := filepath.Join(r.dir, "sick")
	i := r.boots(object{
		"run": object{"argv": r.HelperArgv("child", mortal), "restart": "on-failure", "grace": "1s"},
		"health": object{
			"argv": shell("! test -e $1", sick), "timeout": "20s", "interval": "100ms", "failures": 2,
		},
	})
	child := r.helper("child")
	r.must(os.WriteFile(sick, nil, 0o644))
	r.gone(child)
	r.must(os.Remove(sick))
	child = r.next(child)
	r.signal(i, syscall.SIGTERM)
	r.gone(child)
	r.exits(i, 143)
}

// setupRace has each command end with the one code that is allowed to it.
func setupRace(r *run) {
	var steps []object
	for k := range 100 {
		script := "i=0; while [ $i -lt 40 ]; do (exit 99 &); i=$((i+1)); done; exit $1"
		steps = append(steps, object{"name": fmt.Sprintf("step-%d", k), "argv": shell(script, strconv.Itoa(k)), "ok-codes": []int{k}})
	}
	i := r.boots(object{"setup": steps, "run": object{"argv": shell("exit 6"), "restart": "no"}})
	r.patience = 2 * time.Minute
	r.exits(i, 6)
}

// healthRace has a check whose failure would restart the child: a stolen status would be one. It is at its full size
// when the document is written.
func healthRace(r *run) {
	checks, orphans := 100, 4000
	if *write {
		checks, orphans = 300, crowd
	}
	beats := filepath.Join(r.dir, "beats")
	i := r.boots(object{"health": object{
		"argv": shell("echo beat >>$1", beats), "timeout": "30s", "interval": "10ms", "failures": 1,
	}})
	child := r.helper("child")
	r.order(child, testenv.Op{Do: "spawn", Spawn: &testenv.Spawn{Argv: append(orphanage(orphans), "sh", filepath.Join(r.dir, "born"))}})
	r.patience = 2 * time.Minute
	r.eventually("the checks do not come", func() bool {
		text, _ := os.ReadFile(beats)
		return r.exist("born") && strings.Count(string(text), "\n") >= checks
	})
	if child.Gone() {
		r.no("the child was ended for the status of another%s", r.said())
	}
	r.order(child, testenv.Op{Do: "exit", Code: 5})
	r.exits(i, 5)
}

// daemonises is a start command that leaves a helper called "child" as a daemon, writes its number, and ends.
func (r *run) daemonises() (argv []string, pidfile string) {
	pidfile = filepath.Join(r.dir, "agent.pid")
	script := `file=$1; shift; setsid sh -c 'echo $$ >"$0.new"; mv "$0.new" "$0"; exec "$@"' "$file" "$@" </dev/null &
while ! test -s "$file"; do :; done; exit 0`
	return shell(script, append([]string{pidfile}, r.HelperArgv("child", mortal)...)...), pidfile
}

func followsPIDFile(r *run) {
	argv, pidfile := r.daemonises()
	i := r.boots(object{"run": object{"argv": argv, "restart": "no", "follow": object{"pidfile": pidfile}}})
	r.follows(i)
}

func followsLastChild(r *run) {
	argv, _ := r.daemonises()
	i := r.boots(object{"run": object{"argv": argv, "restart": "no", "follow": "last-child"}})
	r.follows(i)
}

// follows has the daemon live on past its start command, hear a signal, and end with a code.
func (r *run) follows(i *testenv.Init) {
	daemon := r.helper("child")
	r.eventually("the daemon is not adopted", func() bool { return r.state(daemon).PPID == i.Inner })
	if _, ended := i.WaitStatus(300 * time.Millisecond); ended {
		r.no("it ended with the start command%s", r.said())
	}
	r.signal(i, syscall.SIGUSR1)
	r.hears(daemon, syscall.SIGUSR1, 1)
	r.order(daemon, testenv.Op{Do: "exit", Code: 6})
	r.exits(i, 6)
}

func followStops(r *run) {
	argv, pidfile := r.daemonises()
	i := r.boots(object{"run": object{"argv": argv, "restart": "always", "follow": object{"pidfile": pidfile}}})
	daemon := r.helper("child")
	r.eventually("the daemon is not adopted", func() bool { return r.state(daemon).PPID == i.Inner })
	r.signal(i, syscall.SIGTERM)
	r.gone(daemon)
	r.exits(i, 143)
	r.nothingLeft()
}

// followStale leaves a pid file with the number of a process outside, and a start command that does not rewrite it.
func followStale(r *run) {
	stranger := r.startPlain("stranger", testenv.Launch{})
	pidfile := filepath.Join(r.dir, "agent.pid")
	r.must(os.WriteFile(pidfile, []byte(strconv.Itoa(stranger.Inner)+"\n"), 0o644))
	set := r.profile(object{"run": object{
		"argv": shell("exit 0"), "restart": "no", "grace": "1s", "follow": object{"pidfile": pidfile},
	}})
	i := r.start(spec{set: set})
	r.patience = max(r.patience, 40*time.Second)
	if _, ended := i.WaitStatus(3 * time.Second); !ended {
		r.signal(i, syscall.SIGUSR1, syscall.SIGTERM)
		if _, ended := i.WaitStatus(r.patience); !ended {
			r.no("it neither follows nor ends%s", r.said())
		}
	}
	if _, err := stranger.Do(testenv.Op{Do: "ping"}); err != nil {
		r.no("the stranger was ended: %v", err)
	}
	if got := stranger.Signals(); len(got) > 0 {
		r.no("the stranger got %v", got)
	}
}
