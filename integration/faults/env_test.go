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

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// aLongTime bounds one boot; a row that is not over by then hangs.
const aLongTime = 45 * time.Second

// A world is what one boot sees: a store, which stands in for the credentials endpoint, the metadata services and STS
// as well, and an environment.
type world struct {
	t       *testing.T
	program string
	store   *secretstest.Server
	env     []string
	start   func(*exec.Cmd) error // how a command is started
}

func newWorld(t *testing.T, program string) *world {
	t.Helper()
	store, err := secretstest.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	w := &world{t: t, program: program, store: store, start: (*exec.Cmd).Start}
	w.env = append(store.Env(), "PATH=/bin:/usr/bin", "AWS_EC2_METADATA_DISABLED=true")
	return w
}

// ran is how a boot ended.
type ran struct {
	code           int
	stdout, stderr string
}

// boot runs tsboot once; the agent prints the parameter.
func (w *world) boot(r row) ran {
	w.t.Helper()
	timeout, flags := r.timeout, r.args
	if timeout == "" {
		timeout = "30s"
	}
	if flags == nil {
		flags = []string{"--ssm-path", "/app/prod"}
	}
	args := slices.Concat([]string{"exec", "--log-level", "trace", "--fetch-timeout", timeout}, flags,
		[]string{"--", "sh", "-c", `printf %s "$KEY"`})
	ctx, cancel := context.WithTimeout(w.t.Context(), aLongTime)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, w.program, args...)
	cmd.Env = w.environment(r.env)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	if err := w.start(cmd); err != nil {
		w.t.Fatal(err)
	}
	_ = cmd.Wait() // the state says how it ended
	if ctx.Err() != nil {
		w.t.Errorf("not over after %v", aLongTime)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	code := status.ExitStatus()
	if status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return ran{code, stdout.String(), stderr.String()}
}

// environment is the world's with the row's changes.
func (w *world) environment(changes []string) []string {
	env := slices.Clone(w.env)
	for _, change := range changes {
		name, _, set := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		if set {
			env = append(env, strings.ReplaceAll(change, "%URL%", w.store.URL()))
		}
	}
	return env
}

func (w *world) write(file, content string) {
	w.t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
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

// put adds a parameter that is no secret.
func put(names ...string) func(*world) {
	return func(w *world) {
		for _, name := range names {
			w.store.Put(name, "x", secretstest.Type(secretstest.TypeString))
		}
	}
}

// manyPages is a world of 25 parameters: three pages.
func manyPages(w *world) {
	for i := range 24 {
		w.store.Put("/app/prod/more-"+string(rune('a'+i)), "x")
	}
}
