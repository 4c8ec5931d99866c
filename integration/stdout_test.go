//go:build linux

package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// printing are the commands that print, each with what it needs to have something to print.
var printing = []string{
	"version", "--help", "exec --help", "completion bash", "profiles", "profiles show exec", "export --set a=b", "check -- /bin/true",
	"check --json -- /bin/true", "iam-policy --ssm-path /a --region eu-west-1 --account 123456789012",
	"render --profile render.yaml --reveal",
}

const renderProfile = `name: mine
parameters: {level: {default: info}}
files: [{path: /etc/my/agent.conf, format: text, text: "level=${level|json}\n"}]
run: {argv: [/bin/true]}
`

// TestStandardOutputThatTakesNothing: what could not be printed is exit code 73 for every command that prints, and a
// message, but none where the reader has left.
func TestStandardOutputThatTakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFile(t, dir+"/render.yaml", renderProfile, 0o600)
	const script = `case $1 in
	full) exec "$0" $2 >/dev/full;;
	closed) exec "$0" $2 >&-;;
	broken) { while test ! -e "$3"; do sleep 0.01; done; "$0" $2; echo $? >&2; } | { exec <&-; : >"$3"; };;
	null) exec "$0" $2 >/dev/null;;
	both) exec "$0" $2 0<>/dev/null 1<>/dev/null;;
	esac`
	run := func(t *testing.T, way, command string) (code int, stderr string) {
		t.Helper()
		cmd := exec.Command("/bin/sh", "-c", script, tsbootBinary(t), way, command, t.TempDir()+"/left")
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true", "TSBOOT_LOG_LEVEL=warn"}
		p := start(t, cmd)
		return p.exitCode(aLongTime), p.stderr()
	}
	for _, command := range printing {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			for way, says := range map[string]string{"full": "standard output: no space left on device", "closed": "standard output: it is closed"} {
				if code, stderr := run(t, way, command); code != 73 || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
					t.Errorf("%s: exit code %d, says %q", way, code, stderr)
				}
			}
			if _, stderr := run(t, "broken", command); stderr != "73\n" {
				t.Errorf("broken: code and message are %q, want 73 and nothing", stderr)
			}
			for _, way := range []string{"null", "both"} {
				if code, stderr := run(t, way, command); code != 0 || stderr != "" {
					t.Errorf("%s: exit code %d, says %q", way, code, stderr)
				}
			}
		})
	}
}

// TestTswatchWithoutStandardOutput: what would be written to a closed one is 73, and a message. /dev/null is an output.
func TestTswatchWithoutStandardOutput(t *testing.T) {
	t.Parallel()
	tswatch := must(t)(buildTswatch())
	dir := t.TempDir()
	writeFile(t, dir+"/audit.log", "type=SYSCALL msg=audit(1700000000.100:2): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 exe=\"/x\"\n", 0o600)
	replay := []string{"replay", "--run-dir=", "audit.log"}
	for _, c := range []struct {
		way  string
		args []string
		code int
		says string
	}{
		{">&-", replay, 73, "the standard output is closed"},
		{">&-", []string{"--run-dir=" + dir + "/run", "--audit-rules=off"}, 73, "the standard output is closed"},
		{">&-", append(replay, "--output=file:out"), 0, ""},
		{">&-", []string{"version"}, 73, "standard output: it is closed"},
		{">&-", []string{"rules", "list"}, 73, "standard output: it is closed"},
		{">/dev/null", replay, 0, ""},
		{"1<>/dev/null", replay, 0, ""},
	} {
		cmd := exec.Command("/bin/sh", append([]string{"-c", `exec "$0" "$@" ` + c.way, tswatch}, c.args...)...)
		cmd.Dir = dir
		p := start(t, cmd)
		if code, stderr := p.exitCode(aLongTime), p.stderr(); code != c.code || !strings.Contains(stderr, c.says) || c.says == "" && stderr != "" {
			t.Errorf("%q %s: exit code %d, says %q", c.args, c.way, code, stderr)
		}
	}
	if text := readFile(t, dir+"/out"); strings.Count(text, "\n") != 1 {
		t.Errorf("the file has %q", text)
	}
}
