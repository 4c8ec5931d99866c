package faults

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// aLongTime bounds one boot; a row that is not over by then hangs.
const aLongTime = 45 * time.Second

// An env is what one boot sees: a store, which stands in for the credentials endpoint, the metadata services and STS
// as well, and an environment.
type env struct {
	t       *testing.T
	program string
	store   *secretstest.Server
	vars    []string
	start   func(*exec.Cmd) error // how a command is started
}

func newEnv(t *testing.T, program string) *env {
	t.Helper()
	store, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	e := &env{t: t, program: program, store: store, start: (*exec.Cmd).Start}
	e.vars = append(store.Env(), "PATH=/bin:/usr/bin", "AWS_EC2_METADATA_DISABLED=true", binary.NoSocket)
	return e
}

// ran is how a boot ended.
type ran struct {
	code           int
	stdout, stderr string
}

// boot runs tsboot once; the agent prints the parameter.
func (e *env) boot(r row) ran {
	e.t.Helper()
	timeout, flags := r.timeout, r.args
	if timeout == "" {
		timeout = "30s"
	}
	if flags == nil {
		flags = []string{"--ssm-path", "/app/prod"}
	}
	args := slices.Concat([]string{"exec", "--log-level", "trace", "--fetch-timeout", timeout}, flags,
		[]string{"--", "sh", "-c", `printf %s "$KEY"`})
	ctx, cancel := context.WithTimeout(e.t.Context(), aLongTime)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, e.program, args...)
	cmd.Env = e.environment(r.env)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := e.start(cmd); err != nil {
		e.t.Fatal(err)
	}
	_ = cmd.Wait() // the state says how it ended
	if ctx.Err() != nil {
		e.t.Errorf("not over after %v", aLongTime)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	code := status.ExitStatus()
	if status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return ran{code, stdout.String(), stderr.String()}
}

// environment has the variables with the row's changes.
func (e *env) environment(changes []string) []string {
	env := slices.Clone(e.vars)
	for _, change := range changes {
		name, _, set := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		if set {
			env = append(env, strings.ReplaceAll(change, "%URL%", e.store.URL()))
		}
	}
	return env
}

func (e *env) write(file, content string) {
	e.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// withoutKeys takes the static credentials away.
var withoutKeys = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}

// containerEnv takes credentials from the container credentials endpoint.
func containerEnv(more ...string) []string {
	return slices.Concat(withoutKeys, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=%URL%/_secretstest/credentials"}, more)
}

// instanceEnv takes them from the instance.
func instanceEnv(more ...string) []string {
	return slices.Concat(withoutKeys, []string{"AWS_EC2_METADATA_DISABLED=false"}, more)
}

// fault is one kind, so many times.
func fault(kind string, times int) []secretstest.Fault {
	return []secretstest.Fault{{Kind: kind, Times: times}}
}

// at makes faults those of another service.
func at(op string, faults ...secretstest.Fault) []secretstest.Fault {
	for i := range faults {
		faults[i].Op = op
	}
	return faults
}

func ms(n int) secretstest.Duration { return secretstest.Duration(time.Duration(n) * time.Millisecond) }

// put adds a parameter that is not a secret.
func put(names ...string) func(*env) {
	return func(e *env) {
		for _, name := range names {
			e.store.Put(name, "x", secretstest.Type(secretstest.TypeString))
		}
	}
}

// manyPages fills the store to 25 parameters: three pages.
func manyPages(e *env) {
	for i := range 24 {
		e.store.Put("/app/prod/more-"+string(rune('a'+i)), "x")
	}
}
