//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/control"
	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// resting is a tsboot whose agent simply runs.
type resting struct {
	cmd    *exec.Cmd
	before float64 // wake-ups
}

// BenchmarkRest compares a tsboot with --refresh and a control socket with one that has neither, and with one that has
// refreshed: anonymous memory, and wake-ups while their agents sleep, a second a round, all at the same time.
func BenchmarkRest(b *testing.B) {
	tsboot, server := binary.Tsboot(b), filledStore(b, 10)
	const refreshes = 20
	kinds := []string{"plain", "refresh", "refreshed"}
	all := map[string]*resting{}
	for _, kind := range kinds {
		dir := filepath.Join(b.TempDir(), "run")
		flags := []string{"--run-dir="}
		if kind != "plain" {
			flags = []string{"--run-dir", dir, "--refresh", "1h", "--refresh-probation", "10ms"}
		}
		cmd := exec.Command(tsboot, append(append([]string{"exec", "--restart", "always", "--log-level", "error", "--ssm-path", "/bench"}, flags...), "--", "sleep", "1000")...)
		cmd.Env = append(server.Env(), "PATH="+os.Getenv("PATH"))
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait() // it ends with the agent's code
		})
		wait.For(b, 20*time.Second, "the agent runs", func() bool { return runsSleep(cmd.Process.Pid) })
		all[kind] = &resting{cmd: cmd}
		for n := range refreshes {
			if kind != "refreshed" {
				break
			}
			server.Put("/bench/parameter-0000", fmt.Sprint(n))
			if answer, err := (control.Client{Dir: dir}).Refresh(b.Context()); err != nil || answer.Outcome != control.Kept {
				b.Fatalf("%+v, %v", answer, err)
			}
		}
	}
	<-time.After(5 * time.Second) // the starts settle
	for _, kind := range kinds {
		all[kind].before = switches(b, all[kind].cmd.Process.Pid)
	}
	seconds := 0.0
	for b.Loop() {
		<-time.After(time.Second)
		seconds++
	}
	memory := map[string]float64{}
	for _, kind := range kinds {
		pid := all[kind].cmd.Process.Pid
		b.ReportMetric((switches(b, pid)-all[kind].before)/seconds, "wakeups/s/"+kind)
		memory[kind] = field(b, pid, "smaps_rollup", "Anonymous")
		b.ReportMetric(memory[kind], "kB-anonymous/"+kind)
	}
	b.ReportMetric(memory["refresh"]/memory["plain"], "refresh/plain")
	b.ReportMetric(memory["refreshed"]/memory["plain"], "refreshed/plain")
}

// runsSleep says whether the process has the agent below it.
func runsSleep(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range files {
		children, _ := os.ReadFile(file)
		for _, child := range strings.Fields(string(children)) {
			if argv, _ := os.ReadFile("/proc/" + child + "/cmdline"); strings.HasPrefix(string(argv), "sleep\x00") {
				return true
			}
		}
	}
	return false
}

// switches are the voluntary context switches of all threads: each is a wake-up.
func switches(b *testing.B, pid int) (sum float64) {
	b.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		b.Fatal(err)
	}
	for _, task := range tasks {
		sum += field(b, pid, "task/"+task.Name()+"/status", "voluntary_ctxt_switches")
	}
	return sum
}

// field reads "name: number" from a file of the process below /proc.
func field(b *testing.B, pid int, file, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		require.Missing(b, "root", err) // tsboot is not to be looked into by others
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			number, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return number
		}
	}
	b.Fatalf("no %s in %s", name, file)
	return 0
}
