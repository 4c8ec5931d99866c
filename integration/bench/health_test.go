//go:build linux

package main

import (
	"fmt"
	"net"
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

// BenchmarkHealth compares, run by run in turn, `tsboot health` with the least static Go program that asks the same socket:
// time to its end, and memory: the resident set is mostly pages of the program's file, which the tsboot that stays has, too.
func BenchmarkHealth(b *testing.B) {
	tsboot, dir := binary.Tsboot(b), b.TempDir()
	least := buildStatic(b, "least")
	staying := exec.Command(tsboot, "exec", "--run-dir", dir, "--log-level", "error", "--", "sleep", "1000")
	if err := staying.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = staying.Process.Signal(syscall.SIGTERM)
		_ = staying.Wait() // it ends with the agent's code
	})
	wait.For(b, 20*time.Second, "the agent runs", func() bool { return (control.Client{Dir: dir}).Health(b.Context(), false).Healthy })

	health := &contender{argv: []string{tsboot, "health", "--run-dir", dir}}
	direct := &contender{argv: []string{least, filepath.Join(dir, "tsboot.sock")}}
	for b.Loop() {
		if err := measure([]*contender{health, direct}, nil, 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(health.median(whole))/float64(time.Millisecond), "ms/health")
	b.ReportMetric(float64(direct.median(whole))/float64(time.Millisecond), "ms/least")
	b.ReportMetric(ratio(health, direct, whole), "health/least")
	for unit, c := range map[string][]string{"health": {tsboot, "health", "--run-dir"}, "least": {least}} {
		rss, anonymous := waiting(b, c)
		b.ReportMetric(rss, "MB-RSS/"+unit)
		b.ReportMetric(anonymous, "MB-anonymous/"+unit)
	}
}

// waiting is what a program has in memory, in MB, while it waits for an answer that does not come.
func waiting(b *testing.B, argv []string) (rss, anonymous float64) {
	b.Helper()
	dir := b.TempDir()
	listener, err := net.Listen("unix", filepath.Join(dir, "tsboot.sock"))
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	where := dir
	if len(argv) == 1 {
		where = listener.Addr().String()
	}
	cmd := exec.Command(argv[0], append(argv[1:], where)...)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	conn, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", cmd.Process.Pid))
	if err != nil {
		require.Missing(b, "root", err) // tsboot is not to be looked into by others
	}
	kilobytes := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 {
			kilobytes[fields[0]], _ = strconv.ParseFloat(fields[1], 64) // the kernel's numbers
		}
	}
	return kilobytes["Rss:"] / 1024, kilobytes["Anonymous:"] / 1024
}
