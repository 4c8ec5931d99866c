//go:build linux

package watch

import (
	"crypto/rand"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// TestAttribution: of the shortest processes that there are, at 1,000 a second, in a container, none is said to be
// elsewhere, and nearly all are said to be there, in both modes. docs/bench-watch.md has the rate on a machine that does
// nothing else.
func TestAttribution(t *testing.T) {
	ref := image(t)
	borrow(t)
	for _, mode := range []string{"multicast", "unicast"} {
		t.Run(mode, func(t *testing.T) {
			a := start(t, "--audit-mode", mode)
			name := "burst-" + strings.ToLower(rand.Text())
			id := container(t, name, ref, "--network", "none")
			const times = 1000
			docker(t, "exec", name, "burst", "1000", "1000", "/usr/bin/tiny")
			var right, unknown int
			methods := map[string]int{}
			wait.For(t, aLongTime, "all have come", func() bool {
				right, unknown = 0, 0
				clear(methods)
				for _, e := range a.events() {
					if e.Event.Action != "executed" || e.Event.Kind != "event" || e.Process.Name != "tiny" {
						continue
					}
					from := e.Tswatch.Attribution
					methods[from.Method+" "+from.Reason]++
					switch {
					case e.Container != nil && e.Container.ID == id:
						right++
					case e.Container == nil && from.Method == "none" && from.Reason != "":
						unknown++
					default:
						t.Fatalf("one is said to be elsewhere: %+v", e)
					}
				}
				return right+unknown+int(a.status().Lost) >= times
			})
			t.Logf("%d right, %d unknown of %d: %v", right, unknown, times, methods)
			if right < times*99/100 {
				t.Errorf("%d right, %d unknown of %d", right, unknown, times)
			}
		})
	}
}

// TestHostile: names and arguments are text, whatever is in them; a program of 32 bits is seen as any other. Without a runtime
// a container has its id.
func TestHostile(t *testing.T) {
	ref := image(t)
	borrow(t)
	a := start(t, "--docker", "off", "--containerd", "off")
	dir := filepath.Join(shared, "a \"b\"\n'$x' \xff\x1b[31m")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "<b>")
	if err := os.WriteFile(program, tiny(t, elf.ELFCLASS32), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(program).Run(); err != nil {
		require.Missing(t, "ia32", err)
	}
	arguments := []string{"", "a b", "\"", "'", "\\", "x\ny", "\x01\x1b]0;x\a", "\u202e", "b\xff", strings.Repeat("A", 20000), "end-of-hostile"}
	asUser(t, nil, program, arguments...)
	e := a.executed("end-of-hostile")
	clean := func(s string) string { return strings.ReplaceAll(s, "\xff", "\ufffd") }
	if want := clean(program + "|" + strings.Join(arguments, "|")); strings.Join(e.Process.Args, "|") != want {
		t.Errorf("the arguments are %q, want %q", e.Process.Args, want)
	}
	if e.Process.Executable != clean(program) || !e.Tswatch.Lossy || e.Event.Outcome != "success" || e.Container != nil {
		t.Errorf("the program is %q, lossy %v, %s, of %+v", e.Process.Executable, e.Tswatch.Lossy, e.Event.Outcome, e.Tswatch.Attribution)
	}

	name := "hostile-" + strings.ToLower(rand.Text())
	id := container(t, name, ref, "--network", "none")
	if e := a.executed("1000"); e.Container == nil || e.Container.ID != id || e.Container.Name != "" || e.Tswatch.Attribution.Reason != "no-runtime" {
		t.Errorf("without Docker the container is %+v, of %+v", e.Container, e.Tswatch.Attribution)
	}
}
