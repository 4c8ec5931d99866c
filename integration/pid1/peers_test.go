//go:build linux

package pid1

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/testenv"
	"github.com/tsboot/tsboot/integration/require"
)

// The peers' own suites, run against tsboot behind the shim. Their code is not here: a checkout is named by a variable,
// and a Python with pytest, pytest-timeout and psutil by TSBOOT_PID1_PYTHON.
const (
	dumbInitSource = "TSBOOT_PID1_DUMB_INIT_SRC"
	tiniSource     = "TSBOOT_PID1_TINI_SRC"
	pythonVariable = "TSBOOT_PID1_PYTHON"
)

// foreign is what a peer's suite needs to be run.
type foreign struct {
	source, python string
	bin            string // holds tsboot behind the peer's name
}

// foreignSuite makes a directory with the peer's name in it, or skips the test.
func foreignSuite(t *testing.T, variable, name string) foreign {
	t.Helper()
	namespaces(t)
	f := foreign{source: os.Getenv(variable), python: os.Getenv(pythonVariable), bin: t.TempDir()}
	if f.source == "" {
		require.Missing(t, variable, fmt.Errorf("it is not set to a checkout of %s", name))
	}
	if f.python == "" {
		f.python = "python3"
	}
	if out, err := exec.Command(f.python, "-c", "import pytest, pytest_timeout, psutil").CombinedOutput(); err != nil {
		require.Missing(t, "pytest", fmt.Errorf("%s: %s", f.python, strings.TrimSpace(string(out))))
	}
	build := exec.Command("go", "build", "-o", filepath.Join(f.bin, name), "./shim")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the shim: %v\n%s", err, out)
	}
	return f
}

// run runs a suite to its end below the environment's reaper, a real reaper, and gives its output.
func (f foreign) run(t *testing.T, dir string, env, argv []string) string {
	t.Helper()
	a, err := testenv.New(testenv.Child)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	path := f.bin + ":" + filepath.Dir(f.python) + ":" + os.Getenv("PATH")
	env = append([]string{"HOME=" + t.TempDir(), "TSBOOT_PID1_BINARY=" + tsboot(t).Binary, "PATH=" + path, "PYTHONDONTWRITEBYTECODE=1"}, env...)
	i, err := a.Start(testenv.Launch{Argv: argv, Env: env, Dir: dir, Stdin: null, Stdout: out, Stderr: out, NoWitness: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, ended := i.WaitStatus(20 * time.Minute); !ended {
		t.Error("the suite did not end in 20 minutes")
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (f foreign) interpreter(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath(f.python)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// dumbInitExceptions are the cases of dumb-init's suite that tsboot does not pass, on purpose.
var dumbInitExceptions = []struct{ name, why string }{
	{`test_sighup_sigcont_ignored_if_was_session_leader`, "pins dumb-init's debug text"},
	{`test_no_setsid_doesnt_signal_entire_group`, "wants the child's own children to outlive the init"},
	{`test_processes_dont_receive_term_on_exit_if_no_setsid`, "wants a process to outlive the init"},
	{`test_all_processes_receive_term_on_exit_if_setsid`, "wants a process that is deaf to TERM to outlive the init"},
}

// TestDumbInitSuite runs the cases of dumb-init's suite that do not pin the texts of its command line.
func TestDumbInitSuite(t *testing.T) {
	f := foreignSuite(t, dumbInitSource, "dumb-init")
	report := filepath.Join(t.TempDir(), "report.xml")
	text := f.run(t, f.source, nil, []string{
		f.interpreter(t), "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "60", "--junitxml", report,
		"tests", "--ignore", "tests/cli_test.py",
	})
	var suites struct {
		Cases []struct {
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
			Error   *struct{} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	raw, err := os.ReadFile(report)
	if err == nil {
		err = xml.Unmarshal(raw, &suites)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	passed := 0
	for _, c := range suites.Cases {
		if c.Failure == nil && c.Error == nil && c.Skipped == nil {
			passed++
			continue
		}
		excused := slices.IndexFunc(dumbInitExceptions, func(e struct{ name, why string }) bool { return strings.HasPrefix(c.Name, e.name) })
		if excused < 0 {
			t.Errorf("failed: %s", c.Name)
			continue
		}
		t.Logf("not passed, on purpose: %s: %s", c.Name, dumbInitExceptions[excused].why)
	}
	t.Logf("passed %d of %d", passed, len(suites.Cases))
	if len(suites.Cases) < 100 {
		t.Errorf("only %d cases ran", len(suites.Cases))
	}
	if t.Failed() {
		t.Log(text)
	}
}

// tiniExceptions are the asserts of tini's inner tests that tsboot does not pass, on purpose, by their message.
var tiniExceptions = []struct{ message, why string }{
	{`Warning message was output!`, "the text that -w prints is tini's own"},
	{`No warning message was output!`, "tsboot is a subreaper unasked, so there is nothing to warn of"},
	{`Reaping test succeeded`, "wants reaping to fail without -s"},
	{` is missing in Sig`, "wants inherited masks and ignored signals in the child; tsboot gives it clean ones"},
}

// TestTiniSuite runs tini's inner tests, each assert counted.
func TestTiniSuite(t *testing.T) {
	f := foreignSuite(t, tiniSource, "tini")
	require.Tools(t, "cc")
	cc := exec.Command("cc", "-o", filepath.Join(f.bin, "sigconf-test"), filepath.Join(f.source, "test/sigconf/sigconf-test.c"))
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("build sigconf-test: %v\n%s", err, out)
	}
	soft, err := filepath.Abs("testdata/soft.py")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"SOURCE_DIR=" + f.source, "BUILD_DIR=" + f.bin, "FORCE_SUBREAPER=1", "PYTHONPATH=" + filepath.Dir(soft)}
	text := f.run(t, f.source, env, []string{f.interpreter(t), soft, filepath.Join(f.source, "test/run_inner_tests.py")})
	passed, excused := 0, 0
	failed := regexp.MustCompile(`^FAILED \d+ `)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "ok "):
			passed++
		case failed.MatchString(line):
			known := slices.IndexFunc(tiniExceptions, func(e struct{ message, why string }) bool { return strings.Contains(line, e.message) })
			if known < 0 {
				t.Error(line)
				continue
			}
			excused++
			t.Logf("not passed, on purpose: %s: %s", line, tiniExceptions[known].why)
		}
	}
	t.Logf("passed %d checks, %d not on purpose", passed, excused)
	if !strings.Contains(text, "All done") {
		t.Errorf("the suite did not come to its end:\n%s", text[max(0, len(text)-3000):])
	}
}
