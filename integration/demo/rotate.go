package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/tsboot/tsboot/integration/stage"
)

// put shows the command that gives the parameter a new value. The demo does it by itself: the AWS CLI may not be here.
func (e *env) put(n int) {
	fmt.Printf("$ aws ssm put-parameter --overwrite --type SecureString --name %s/deploy-key --value \"$KEY\"\n", prod)
	e.rotate(n)
}

// rotateKey puts a new key into the store, and has the agent run on it.
func (e *env) rotateKey(ctx context.Context) (string, error) {
	pid, err := e.agentPID()
	if err != nil {
		return "", err
	}
	e.put(1)
	if err := e.refresh(ctx, 0); err != nil {
		return "", err
	}
	now, err := e.agentPID()
	if err != nil || now == pid {
		return "", fmt.Errorf("the agent was not started again: pid %d, %w", now, err)
	}
	return "the agent stayed up on key 2 for " + probation + ": it is kept.", e.config()
}

// rotateBadKey puts one into the store that the vendor refuses: the agent ends, and the key before comes back.
func (e *env) rotateBadKey(ctx context.Context) (string, error) {
	e.put(2)
	for range 2 { // the second time nothing is tried
		if err := e.refresh(ctx, 1); err != nil {
			return "", err
		}
	}
	if _, err := e.awaitAgent(ctx, 0); err != nil {
		return "", err
	}
	return "the agent runs again, and on key 2. Key 3 waits until somebody changes it.", e.config()
}

// refresh runs tsboot refresh and shows what it says.
func (e *env) refresh(ctx context.Context, want int) error {
	stage.Command(e.given, "refresh")
	cmd := e.command("refresh")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("tsboot refresh: %w", err)
	}
	if e.shows(string(out)) {
		return errors.New("tsboot refresh shows the secret")
	}
	code := cmd.ProcessState.ExitCode()
	fmt.Printf("tsboot refresh ends with %d and says:\n", code)
	stage.Indent(string(out))
	if code != want {
		return fmt.Errorf("tsboot refresh ended with %d, want %d", code, want)
	}
	return ctx.Err()
}
