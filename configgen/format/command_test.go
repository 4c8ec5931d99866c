package format

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// TestShellCommand has a shell read back what was quoted for it.
func TestShellCommand(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		require.Missing(t, "bash", err)
	}
	words := []string{
		"a", "", "two words", "it's", `"`, `\`, "$HOME", "`id`", "#x", "~", "*", "a=b", "=ls", "-x", "{a,b}", "a;b", "größe",
		"line\nbreak", "\x1b[31m", "tab\t", "'\x01'", "\\\x02", "\xff\xfe",
	}
	line := ShellCommand(append([]string{"printf", `%s\0`}, words...))
	for _, r := range line {
		if r < ' ' || r == '\x7f' {
			t.Errorf("a control character in %q", line)
		}
	}
	out, err := exec.Command(bash, "--norc", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(words, "\x00") + "\x00"; string(out) != want {
		t.Errorf("%s\n%q, want\n%q", line, out, want)
	}
	if got := ShellCommand([]string{"tsboot", "--ssm-path", "/a/b", "--set", "a=b"}); got != "tsboot --ssm-path /a/b --set a=b" {
		t.Errorf("%q: quotes without need", got)
	}
}
