package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/stage"
	"github.com/tsboot/tsboot/integration/wait"
)

func (e *env) showStore(context.Context) (string, error) {
	stage.Indent(prod + "/deploy-key   SecureString\n" +
		prod + "/output       String   " + e.collector.url + "\n" +
		prod + "/emit         String   alerts\n" +
		prod + "/Log_Level    String   warn\n")
	return "it listens at " + e.server.URL() + ".", nil
}

func (e *env) check(context.Context) (string, error) {
	args := append([]string{"check", "--ssm-path", prod, "--profile", e.profile, "--log-level", "warn"}, e.attack.flags()...)
	stage.Command(append([]string{e.given}, args...)...)
	cmd := e.command(args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if e.keyOf(string(out)) != 0 {
		return "", errors.New("it shows the key")
	}
	stage.Indent(string(out))
	return "all that a boot needs is there, and the key was not shown.", err
}

func (e *env) boot(ctx context.Context) (string, error) {
	args := append([]string{"--ssm-path", prod, "--profile", e.profile, "--refresh-probation", "500ms"}, e.attack.flags()...)
	stage.Command(append([]string{e.given}, args...)...)
	running, err := stage.Start(e.command(args...))
	if err != nil {
		return "", err
	}
	e.running = running
	healthy := func() bool { return e.command("health").Run() == nil }
	if !wait.Context(ctx, func() bool { return e.ended() || healthy() }) || e.ended() {
		return "", errors.New("tswatch does not run")
	}
	return "it runs, and says that it is healthy.", e.files()
}

func (e *env) ended() bool {
	select {
	case <-e.running.Ended:
		return true
	default:
		return false
	}
}

// files shows the mode of what was written, and of the config what is in it.
func (e *env) files() error {
	token, config := e.path("etc/token"), e.path("etc/tswatch.yaml")
	stage.Command("ls", "-l", token, config)
	for _, file := range []string{token, config} {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		stage.Indent(fmt.Sprintf("%s %s", info.Mode(), file))
	}
	text, err := os.ReadFile(config)
	if err == nil && e.keyOf(string(text)) != 0 {
		err = errors.New("the key is in the config")
	}
	if err != nil {
		return err
	}
	stage.Command("cat", config)
	stage.Indent(string(text))
	return nil
}

func (e *env) rotateKey(ctx context.Context) (string, error) {
	fmt.Printf("$ aws ssm put-parameter --overwrite --type SecureString --name %s/deploy-key --value \"$KEY\"\n", prod)
	e.rotate(1)
	before := e.statusOf(ctx, "pid")
	stage.Command(e.given, "refresh")
	out, err := e.command("refresh").CombinedOutput()
	stage.Indent(string(out))
	switch {
	case err != nil:
		return "", fmt.Errorf("tsboot refresh: %w", err)
	case e.keyOf(string(out)) != 0:
		return "", errors.New("tsboot refresh shows the key")
	}
	after := e.statusOf(ctx, "pid")
	if before == "" || before != after {
		return "", fmt.Errorf("tswatch was pid %s and is pid %s", before, after)
	}
	return "tswatch is still pid " + after + ".", nil
}

// status shows what tswatch says of itself.
func (e *env) status(ctx context.Context) (string, error) {
	stage.Command(e.tswatch, "status", "--run-dir", e.path("run-tswatch"))
	out, err := exec.CommandContext(ctx, e.tswatch, "status", "--run-dir", e.path("run-tswatch")).CombinedOutput()
	stage.Indent(string(out))
	return "nothing was lost.", err
}

// statusOf is the number of that name in tswatch's status.
func (e *env) statusOf(ctx context.Context, name string) string {
	out, _ := exec.CommandContext(ctx, e.tswatch, "status", "--json", "--run-dir", e.path("run-tswatch")).Output() // nothing: not found
	_, rest, _ := strings.Cut(string(out), `"`+name+`":`)
	return strings.Trim(strings.SplitN(rest+",", ",", 2)[0], " }\n")
}

func (e *env) stop(ctx context.Context) (string, error) {
	stage.Command("kill", "-TERM", fmt.Sprint(e.running.PID()))
	begin := time.Now()
	code, err := e.running.Stop(ctx)
	took := time.Since(begin)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d, want tswatch's 0", code)
	}
	if err != nil {
		return "", err
	}
	left, err := e.attack.left()
	return fmt.Sprintf("tsboot ended with exit code %d, which is tswatch's, after %d ms.%s", code, took.Milliseconds(), left), err
}
