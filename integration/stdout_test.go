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
