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

func (s *stage) showStore(context.Context) error {
	title("a Parameter Store in memory, at " + s.server.URL())
	indent(prod + "/deploy-key     SecureString\n" +
		prod + "/ruleset        String\n" +
		prod + "/Log/LEVEL      String\n" +
		"/threatstack/production/deploy-key   SecureString, of a sibling: not to be read\n")
	return nil
}

func (s *stage) showRender(context.Context) error {
	title("tsboot render --ssm-path " + prod + ": what a boot would write, secrets masked")
	cmd := s.command("render", "--ssm-path", prod, "--profile", s.profile, "--log-level", "warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("tsboot render: %w", err)
	}
	if strings.Contains(string(out), s.key) {
		return fmt.Errorf("tsboot render shows the secret")
	}
	indent(s.short(string(out)))
	return nil
}

// short leaves the temporary directory out of what is shown.
func (s *stage) short(text string) string { return strings.ReplaceAll(text, s.dir, "") }

func (s *stage) boot(ctx context.Context) error {
	title("tsboot --ssm-path " + prod)
	running, err := startBoot(s)
	if err != nil {
		return err
	}
	s.running = running
	_, err = s.awaitAgent(ctx, 0)
	return err
}

func (s *stage) showConfig(context.Context) error {
	info, err := os.Stat(s.configFile())
	if err != nil {
		return err
	}
	content, err := os.ReadFile(s.configFile())
	if err != nil {
		return err
	}
	title(fmt.Sprintf("the config on disk: %s, %s, the key masked by the demo", s.short(s.configFile()), info.Mode()))
	indent(s.mask(string(content)))
	return nil
}

func (s *stage) crash(ctx context.Context) error {
	pid, err := s.awaitAgent(ctx, 0)
	if err != nil {
		return err
	}
	title(fmt.Sprintf("kill -KILL %d: the agent crashes", pid))
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the agent: %w", err)
	}
	_, err = s.awaitAgent(ctx, pid)
	return err
}

func (s *stage) stop(ctx context.Context) error {
	title("SIGTERM to tsboot: it stops the agent, then ends with the agent's code")
	code, err := s.running.stop(ctx)
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
func (s *stage) awaitAgent(ctx context.Context, old int) (int, error) {
	said := s.running.count(connected)
	var pid int
	ran, ended := false, false
	wait.Context(ctx, func() bool {
		var err error
		pid, err = s.agentPID()
		ran = err == nil && pid != old && (s.running.count(connected) > said || old == 0 && said > 0)
		select {
		case <-s.running.ended:
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

func (s *stage) agentPID() (int, error) {
	data, err := os.ReadFile(s.agentDir("cloudsight/pids/cloudsight.pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}
