package faults

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// TestWaitingIsLogged: while a call hangs, the log says for whom tsboot waits and when it gives up, Parameter Store or
// the endpoint of the credentials.
func TestWaitingIsLogged(t *testing.T) {
	t.Parallel()
	program := binary.Tsboot(t)
	for op, env := range map[string][]string{
		"GetParametersByPath":     nil,
		secretstest.OpCredentials: {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONTAINER_CREDENTIALS_FULL_URI=%URL%/_secretstest/credentials"},
	} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t, program)
			e.store.Script(secretstest.Fault{Kind: secretstest.Hang, Op: op, Times: forever})
			cmd := exec.Command(program, "exec", "--log-format", "json", "--fetch-timeout", "12s", "--ssm-path", "/app/prod", "--", "true")
			cmd.Env = e.environment(env)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			_ = cmd.Run() // the state says how it ended
			if code := cmd.ProcessState.ExitCode(); code != 69 {
				t.Errorf("exit code %d", code)
			}
			wantWaiting(t, stderr.String(), e.store.URL()[len("http://"):])
		})
	}
}

func wantWaiting(t *testing.T, log, host string) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if line["@message"] != "waiting for an answer" {
			continue
		}
		elapsed, err := time.ParseDuration(fmt.Sprint(line["elapsed"]))
		left, err2 := time.ParseDuration(fmt.Sprint(line["gives_up_in"]))
		if err != nil || err2 != nil || elapsed < 5*time.Second || left > 7*time.Second || line["host"] != host {
			t.Errorf("%s", text)
		}
		return
	}
	t.Errorf("nothing about the wait:\n%s", log)
}
