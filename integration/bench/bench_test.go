package bench

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// programs builds tsboot, with the Makefile's flags, and the bare program, with the same.
func programs(b *testing.B) (tsboot, bare string) {
	b.Helper()
	top, err := require.ModuleRoot()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	tsboot, bare = filepath.Join(dir, "tsboot"), filepath.Join(dir, "bare")
	for _, command := range [][]string{
		{"make", "-s", "build", "BINARIES=tsboot", "BINDIR=" + dir},
		{"env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-ldflags=-s -w", "-o", bare, "./integration/bench/bare"},
	} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = top
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	return tsboot, bare
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

// toFirstByte is the time from the start of the command to the first byte that the agent at its end prints.
func toFirstByte(b *testing.B, env []string, argv ...string) time.Duration {
	b.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer reader.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = env
	cmd.Stdout = writer
	begin := time.Now()
	err = cmd.Start()
	writer.Close()
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.ReadFull(reader, make([]byte, 1))
	took := time.Since(begin)
	if waitErr := cmd.Wait(); err != nil || waitErr != nil {
		b.Fatalf("%v: %v, %v", argv, err, waitErr)
	}
	return took
}

// BenchmarkCalls counts the SSM calls of one boot: ceil(parameters / 10), the least that the API allows.
func BenchmarkCalls(b *testing.B) {
	tsboot, _ := programs(b)
	for _, count := range []int{1, 10, 11, 25, 100} {
		b.Run(fmt.Sprintf("parameters=%d", count), func(b *testing.B) {
			server := filledStore(b, count)
			boots := 0
			for b.Loop() {
				toFirstByte(b, server.Env(), tsboot, "exec", "--log-level", "error", "--ssm-path", "/bench", "--", "/bin/echo", "x")
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
	var supervised, replaced, least, direct []time.Duration
	for b.Loop() {
		env := append(server.Env(), "PATH=/bin:/usr/bin")
		supervised = append(supervised, toFirstByte(b, env, tsboot, "exec", "--log-level", "error", "--ssm-path", "/bench", "--", "/bin/echo", "x"))
		least = append(least, toFirstByte(b, env, bare, "/bench", "/bin/echo", "x"))
		replaced = append(replaced, toFirstByte(b, env, tsboot, "exec", "--replace", "--log-level", "error", "--ssm-path", "/bench", "--", "/bin/echo", "x"))
		direct = append(direct, toFirstByte(b, env, "/bin/echo", "x"))
	}
	b.ReportMetric(milliseconds(supervised), "ms/supervised")
	b.ReportMetric(milliseconds(replaced), "ms/replaced")
	b.ReportMetric(milliseconds(least), "ms/bare")
	b.ReportMetric(milliseconds(direct), "ms/direct")
	b.ReportMetric(milliseconds(supervised)/milliseconds(least), "supervised/bare")
	b.ReportMetric(milliseconds(replaced)/milliseconds(least), "replaced/bare")
}

func milliseconds(runs []time.Duration) float64 {
	slices.Sort(runs)
	return float64(runs[len(runs)/2]) / float64(time.Millisecond)
}
