package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// programs builds tsboot as it ships, and the bare program with the same flags.
func programs(b *testing.B) (tsboot, bare string) {
	b.Helper()
	return binary.Tsboot(b), buildStatic(b, "bare")
}

// buildStatic builds one of the programs beside this one, with tsboot's flags.
func buildStatic(b *testing.B, name string) string {
	b.Helper()
	top, err := require.ModuleRoot()
	if err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(b.TempDir(), name)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./integration/bench/"+name)
	cmd.Dir, cmd.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return program
}

// filledStore holds count parameters of a usual size below /bench.
func filledStore(b *testing.B, count int) *secretstest.Server {
	b.Helper()
	server, err := secretstest.Start("")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	for i := range count {
		server.Put(fmt.Sprintf("/bench/parameter-%04d", i), strings.Repeat("v", 64))
	}
	return server
}

// BenchmarkCalls counts the SSM calls of one boot: ceil(parameters / 10), the least that the API allows.
func BenchmarkCalls(b *testing.B) {
	tsboot, _ := programs(b)
	for _, count := range []int{1, 10, 11, 25, 100} {
		b.Run(fmt.Sprintf("parameters=%d", count), func(b *testing.B) {
			server := filledStore(b, count)
			boot := &contender{argv: []string{tsboot, "exec", "--log-level", "error", "--ssm-path", "/bench", "--", "/bin/echo", "x"}}
			boots := 0
			for b.Loop() {
				if _, err := boot.once(server.Env()); err != nil {
					b.Fatal(err)
				}
				boots++
			}
			b.ReportMetric(float64(len(server.Calls()))/float64(boots), "calls/boot")
		})
	}
}

// BenchmarkStart compares, run by run in turn, how long it takes to the agent's first byte: below tsboot, with tsboot
// replaced by the agent, and below the bare program. The ratios are of medians.
func BenchmarkStart(b *testing.B) {
	tsboot, bare := programs(b)
	server := filledStore(b, 10)
	env := append(server.Env(), "PATH=/bin:/usr/bin")
	agent := []string{"/bin/echo", "x"}
	supervised := &contender{argv: append([]string{tsboot, "exec", "--log-level", "error", "--ssm-path", "/bench", "--"}, agent...)}
	replaced := &contender{argv: append([]string{tsboot, "exec", "--replace", "--log-level", "error", "--ssm-path", "/bench", "--"}, agent...)}
	least := &contender{argv: append([]string{bare, "/bench"}, agent...)}
	direct := &contender{argv: agent}
	for b.Loop() {
		if err := measure([]*contender{supervised, least, replaced, direct}, env, 1); err != nil {
			b.Fatal(err)
		}
	}
	for unit, c := range map[string]*contender{"ms/supervised": supervised, "ms/replaced": replaced, "ms/bare": least, "ms/direct": direct} {
		b.ReportMetric(float64(c.median(first))/float64(time.Millisecond), unit)
	}
	b.ReportMetric(ratio(supervised, least, first), "supervised/bare")
	b.ReportMetric(ratio(replaced, least, first), "replaced/bare")
}
