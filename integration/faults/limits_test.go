package faults

import (
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// limitRows: an answer and a file without end. Each ends at once. All services and files: secrets/ssm/limit_test.go.
func limitRows() []row {
	return []row{
		{name: "a gzip bomb", faults: fault(secretstest.GzipBomb, forever), code: 78, calls: exactly(1), says: []string{"2048 KiB", "127.0.0.1:", "[answer-too-large]"}},
		{name: "a configuration file without end", env: []string{"AWS_CONFIG_FILE=/dev/zero"}, code: 64, says: []string{"AWS_CONFIG_FILE", "[file-too-large]"}},
	}
}

// password is in the URLs of inputRows, and in no line of their logs.
const password = "pa55word-in-a-url"

// inputRows can never work: each ends at once, with the name of the variable. All variables: secrets/ssm/wrong_test.go.
func inputRows() []row {
	wrong := func(name, variable, value string, code int, words ...string) row {
		return row{name: name, env: []string{variable + "=" + value}, timeout: "5m", code: code, says: append(words, variable), never: []string{password}}
	}
	proxy := wrong("a proxy with a bad port", "HTTP_PROXY", "http://user:"+password+"@proxy:port", 64)
	proxy.env = append(proxy.env, "AWS_ENDPOINT_URL_SSM=http://ssm.example")
	return []row{
		wrong("a key id with a line break", "AWS_ACCESS_KEY_ID", password+"\n", 77, "[bad-credentials]"),
		wrong("an endpoint without a scheme", "AWS_ENDPOINT_URL", "user:"+password+"@host", 64),
		proxy,
		{name: "versions by name and by ARN", prepare: put("/app/prod/key"), args: []string{"--ssm-parameter", "key=/app/prod/key:1", "--ssm-parameter", "other=arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/key:2"}, calls: exactly(2)},
	}
}

// TestMemory: what a hostile endpoint sends does not take the host's memory, nor the fetch's whole time.
func TestMemory(t *testing.T) {
	t.Parallel()
	program := binary.Tsboot(t)
	for _, kind := range []string{secretstest.Endless, secretstest.GzipBomb, secretstest.EndlessHeader} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, program)
			e.store.Script(secretstest.Fault{Kind: kind, Times: forever})
			cmd := exec.Command(program, "exec", "--ssm-path", "/app/prod", "--", filepath.Join("/bin", "true"))
			cmd.Env = e.environment(nil)
			start := time.Now()
			if err := cmd.Run(); err == nil {
				t.Error("it boots")
			}
			const most = 128 << 10 // KiB: of tsboot and its worker, each
			used := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
			if code := cmd.ProcessState.ExitCode(); code != 78 || used > most || time.Since(start) > aLongTime {
				t.Errorf("exit code %d, %d KiB, %v", code, used, time.Since(start))
			}
			t.Logf("%d KiB, %v", used, time.Since(start).Round(time.Millisecond))
		})
	}
}
