//go:build linux

package process

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestSizesAreTheKernels: what the check lets through the kernel executes, and what it refuses the kernel refuses, to
// the byte.
func TestSizesAreTheKernels(t *testing.T) {
	t.Parallel()
	const path = "/bin/true"
	limit := max(int(min(maxAll, stackLimit()/4)), minAll)
	single := 32*os.Getpagesize() - 1
	many := func(total int) Command {
		cmd := Command{Argv: []string{path}}
		rest := total - 2*(len(path)+1) - pointerSize
		for i := 0; rest > 0; i++ {
			entry := fmt.Sprintf("V%d=", i)
			size := min(rest, 100_000)
			if rest-size < 64 && rest != size { // no crumb too small for a name
				size -= 64
			}
			entry += strings.Repeat("x", size-len(entry)-1-pointerSize)
			cmd.Env = append(cmd.Env, entry)
			rest -= size
		}
		return cmd
	}
	for name, test := range map[string]struct {
		cmd  Command
		fits bool
	}{
		"variable that fits":      {Command{Argv: []string{path}, Env: []string{"A=" + strings.Repeat("x", single-2)}}, true},
		"variable of a byte more": {Command{Argv: []string{path}, Env: []string{"A=" + strings.Repeat("x", single-1)}}, false},
		"argument that fits":      {Command{Argv: []string{path, strings.Repeat("x", single)}}, true},
		"argument of a byte more": {Command{Argv: []string{path, strings.Repeat("x", single+1)}}, false},
		"all that fits":           {many(limit), true},
		"a byte more of all":      {many(limit + 1), false},
	} {
		got := CheckSize(test.cmd)
		if (got == nil) != test.fits {
			t.Errorf("%s: %v", name, got)
		}
		pid, err := syscall.ForkExec(path, test.cmd.Argv, &syscall.ProcAttr{Env: test.cmd.Env})
		if err == nil {
			var status syscall.WaitStatus
			_, _ = syscall.Wait4(pid, &status, 0, nil)
		}
		if errors.Is(err, syscall.E2BIG) == test.fits {
			t.Errorf("%s: the kernel says %v", name, err)
		}
	}
}

func TestSizeErrorNamesTheLargest(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	cmd := Command{Argv: []string{"server", x(300)}, Env: []string{"SMALL=1", "A=" + x(200_000), "B=" + x(400), "C=" + x(500), "=" + x(10)}}
	e := checkSize("/bin/server", cmd, 8<<20, 4096)
	if e == nil {
		t.Fatal("it fits")
	}
	e.Largest[0].From = "/app/a"
	want := "its arguments and environment hold one of more than 131071 bytes, which the kernel does not take; the largest are A with 200002 bytes (/app/a), C with 502 bytes, B with 402 bytes"
	if got := e.Error(); !strings.HasPrefix(got, want) || strings.Contains(got, "xx") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for i := range 2000 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("MANY%d=%s", i, x(100)))
	}
	cmd.Env[1] = "A=" + x(1000)
	if e = checkSize("/bin/server", cmd, 8<<20, 4096); e != nil {
		t.Errorf("refused: %v", e)
	}
	if e = checkSize("/bin/server", cmd, 512<<10, 4096); e == nil || e.Limit != 128<<10 || !strings.Contains(e.Error(), "A with 1002 bytes, C") {
		t.Errorf("under a low limit: %v", e)
	}
}
