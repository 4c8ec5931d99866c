package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/tsboot/tsboot/integration/wait"
)

func title(text string) { fmt.Printf("\n==> %s\n", text) }

func indent(text string) {
	for line := range strings.Lines(text) {
		fmt.Println("    " + strings.TrimRight(line, "\n"))
	}
}

func (e *env) showStore(context.Context) error {
	title("a Parameter Store in memory, at " + e.server.URL())
	indent(prod + "/deploy-key     SecureString\n" +
		prod + "/ruleset        String\n" +
		prod + "/Log/LEVEL      String\n" +
		"/threatstack/production/deploy-key   SecureString, of a sibling: not to be read\n")
	return nil
}

func (e *env) showRender(context.Context) error {
	title("tsboot render --ssm-path " + prod + ": what a boot would write, secrets masked")
	cmd := e.command("render", "--ssm-path", prod, "--profile", e.profile, "--log-level", "warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("tsboot render: %w", err)
	}
	if e.shows(string(out)) {
		return fmt.Errorf("tsboot render shows the secret")
	}
	indent(e.short(string(out)))
	return nil
}

// short leaves the temporary directory out of what is shown.
func (e *env) short(text string) string { return strings.ReplaceAll(text, e.dir, "") }

func (e *env) boot(ctx context.Context) error {
	title("tsboot --ssm-path " + prod + " --refresh-probation " + probation)
	running, err := startBoot(e)
	if err != nil {
		return err
	}
	e.running = running
	_, err = e.awaitAgent(ctx, 0)
	return err
}

func (e *env) showConfig(context.Context) error {
	title("the config on disk, the key masked by the demo")
	return e.config()
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
	indent(fmt.Sprintf("%s %s", info.Mode(), e.short(e.configFile())))
	indent(e.mask(string(content)))
	return nil
}

func (e *env) crash(ctx context.Context) error {
	pid, err := e.awaitAgent(ctx, 0)
	if err != nil {
		return err
	}
	title(fmt.Sprintf("kill -KILL %d: the agent crashes", pid))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the agent: %w", err)
	}
	_, err = e.awaitAgent(ctx, pid)
	return err
}

func (e *env) stop(ctx context.Context) error {
	title("SIGTERM to tsboot: it stops the agent, then ends with the agent's code")
	code, err := e.running.stop(ctx)
	if err != nil {
		return err
	}
	title(fmt.Sprintf("tsboot ended with exit code %d", code))
	if code != 0 {
		return fmt.Errorf("exit code %d, want the agent's 0", code)
	}
	return nil
}

// awaitAgent waits until the agent runs and has said so, as another process than the old one.
func (e *env) awaitAgent(ctx context.Context, old int) (int, error) {
	said := e.running.count(connected)
	var pid int
	ran, ended := false, false
	wait.Context(ctx, func() bool {
		var err error
		pid, err = e.agentPID()
		ran = err == nil && pid != old && (e.running.count(connected) > said || old == 0 && said > 0)
		select {
		case <-e.running.ended:
			ended = true
		default:
		}
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
