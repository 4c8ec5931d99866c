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
	return "it listens at " + e.Server.URL() + ".", nil
}

func (e *env) check(context.Context) (string, error) {
	args := append([]string{"check", "--ssm-path", prod, "--profile", e.Profile, "--log-level", "warn"}, e.attack.flags()...)
	return "all that a boot needs is there, and the key was not shown.", e.Show(args...)
}

func (e *env) boot(ctx context.Context) (string, error) {
	if err := e.Start(append([]string{"--refresh-probation", "500ms"}, e.attack.flags()...)...); err != nil {
		return "", err
	}
	healthy := func() bool { return e.Command("health").Run() == nil }
	if !wait.Context(ctx, func() bool { return e.Ended() || healthy() }) || e.Ended() {
		return "", errors.New("tswatch does not run")
	}
	return "it runs, and says that it is healthy.", e.files()
}

// files shows the mode of what was written, and of the config what is in it.
func (e *env) files() error {
	token, config := e.Path("etc/token"), e.Path("etc/tswatch.yaml")
	stage.Command("ls", "-l", token, config)
	for _, file := range []string{token, config} {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		stage.Indent(fmt.Sprintf("%s %s", info.Mode(), file))
	}
	text, err := os.ReadFile(config)
	if err == nil && e.KeyOf(string(text)) != 0 {
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
	e.Rotate(1)
	before := e.statusOf(ctx, "pid")
	if err := e.Refresh(0); err != nil {
		return "", err
	}
	after := e.statusOf(ctx, "pid")
	if before == "" || before != after {
		return "", fmt.Errorf("tswatch was pid %s and is pid %s", before, after)
	}
	return "tswatch is still pid " + after + ".", nil
}

// status shows what tswatch says of itself.
func (e *env) status(ctx context.Context) (string, error) {
	stage.Command(e.tswatch, "status", "--run-dir", e.Path("run-tswatch"))
	out, err := exec.CommandContext(ctx, e.tswatch, "status", "--run-dir", e.Path("run-tswatch")).CombinedOutput()
	stage.Indent(string(out))
	return "nothing was lost.", err
}

// statusOf is the number of that name in tswatch's status.
func (e *env) statusOf(ctx context.Context, name string) string {
	out, _ := exec.CommandContext(ctx, e.tswatch, "status", "--json", "--run-dir", e.Path("run-tswatch")).Output() // nothing: not found
	_, rest, _ := strings.Cut(string(out), `"`+name+`":`)
	return strings.Trim(strings.SplitN(rest+",", ",", 2)[0], " }\n")
}

func (e *env) stop(ctx context.Context) (string, error) {
	begin := time.Now()
	if err := e.Stop(ctx); err != nil {
		return "", err
	}
	took := time.Since(begin)
	left, err := e.attack.left()
	return fmt.Sprintf("tsboot ended with exit code 0, which is tswatch's, after %d ms.%s", took.Milliseconds(), left), err
}
