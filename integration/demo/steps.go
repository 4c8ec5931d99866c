package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/tsboot/tsboot/integration/stage"
	"github.com/tsboot/tsboot/integration/wait"
)

const (
	// connected is what the agent says when it works.
	connected = "cloudsight: CONNECTED"
	// probation is how long the agent must stay up on a new key, short for a demo.
	probation = "1s"
)

func (e *env) showStore(context.Context) (string, error) {
	stage.Indent(prod + "/deploy-key                SecureString\n" +
		prod + "/ruleset                   String\n" +
		prod + "/Log/LEVEL                 String\n" +
		"/threatstack/production/deploy-key          SecureString, of a sibling\n")
	return "it listens at " + e.Server.URL() + ".", nil
}

// flags are those of all commands here.
func (e *env) flags() []string {
	return []string{"--ssm-path", prod, "--profile", e.Profile, "--log-level", "warn"}
}

func (e *env) check(context.Context) (string, error) {
	if err := e.Show(append([]string{"check"}, e.flags()...)...); err != nil {
		return "", err
	}
	return "all that a boot needs is there, and the key was not shown.", nil
}

func (e *env) render(context.Context) (string, error) {
	if err := e.Show(append([]string{"render"}, e.flags()...)...); err != nil {
		return "", err
	}
	return "the file, without the key.", nil
}

func (e *env) boot(ctx context.Context) (string, error) {
	begin := time.Now()
	if err := e.Start("--refresh-probation", probation); err != nil {
		return "", err
	}
	pid, err := e.awaitAgent(ctx, 0)
	return fmt.Sprintf("the agent runs as pid %d, %d ms after the command.", pid, time.Since(begin).Milliseconds()), err
}

func (e *env) showConfig(context.Context) (string, error) {
	if err := e.config(); err != nil {
		return "", err
	}
	return "the key is in the file; the demo itself puts stars over it.", nil
}

func (e *env) config() error {
	info, err := os.Stat(e.configFile())
	if err != nil {
		return err
	}
	content, err := os.ReadFile(e.configFile())
	if err != nil {
		return err
	}
	stage.Command("cat", e.configFile())
	stage.Indent(fmt.Sprintf("%s %s", info.Mode(), e.configFile()))
	stage.Indent(e.mask(string(content)))
	return nil
}

func (e *env) crash(ctx context.Context) (string, error) {
	pid, err := e.awaitAgent(ctx, 0)
	if err != nil {
		return "", err
	}
	stage.Command("kill", "-KILL", fmt.Sprint(pid))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return "", fmt.Errorf("kill the agent: %w", err)
	}
	now, err := e.awaitAgent(ctx, pid)
	return fmt.Sprintf("pid %d is gone, the agent runs as pid %d. tsboot is the same process.", pid, now), err
}

func (e *env) stop(ctx context.Context) (string, error) {
	return "tsboot ended with exit code 0, which is the agent's.", e.Stop(ctx)
}

// awaitAgent waits until the agent runs and has said so, as another process than the old one.
func (e *env) awaitAgent(ctx context.Context, old int) (int, error) {
	said := e.Running.Count(connected)
	var pid int
	ran, ended := false, false
	wait.Context(ctx, func() bool {
		var err error
		pid, err = e.agentPID()
		ran = err == nil && pid != old && (e.Running.Count(connected) > said || old == 0 && said > 0)
		ended = e.Ended()
		return ran || ended
	})
	switch {
	case ran:
		return pid, nil
	case ended:
		return 0, fmt.Errorf("tsboot ended before the agent ran")
	default:
		return 0, fmt.Errorf("wait for the agent: %w", ctx.Err())
	}
}

func (e *env) agentPID() (int, error) {
	data, err := os.ReadFile(e.agentDir("cloudsight/pids/cloudsight.pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}
