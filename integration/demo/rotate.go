package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// rotateKey puts a new key into the store, and has the agent run on it.
func (e *env) rotateKey(ctx context.Context) error {
	pid, err := e.agentPID()
	if err != nil {
		return err
	}
	title("the key rotates: aws ssm put-parameter --overwrite, then tsboot refresh")
	e.rotate(1)
	if err := e.refresh(ctx, 0); err != nil {
		return err
	}
	if now, err := e.agentPID(); err != nil || now == pid {
		return fmt.Errorf("the agent was not started again: pid %d, %w", now, err)
	}
	return e.config()
}

// rotateBadKey puts one into the store that the vendor refuses: the agent ends, and the key before comes back.
func (e *env) rotateBadKey(ctx context.Context) error {
	title("a key that the vendor does not know: the agent ends on it, and the last good one comes back")
	e.rotate(2)
	for range 2 { // the second time nothing is tried
		if err := e.refresh(ctx, 1); err != nil {
			return err
		}
	}
	if _, err := e.awaitAgent(ctx, 0); err != nil {
		return err
	}
	return e.config()
}

// refresh runs tsboot refresh and shows what it says.
func (e *env) refresh(ctx context.Context, want int) error {
	cmd := e.command("refresh")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("tsboot refresh: %w", err)
	}
	if e.shows(string(out)) {
		return errors.New("tsboot refresh shows the secret")
	}
	code := cmd.ProcessState.ExitCode()
	title(fmt.Sprintf("tsboot refresh, which ends with %d, said:", code))
	indent(e.short(string(out)))
	if code != want {
		return fmt.Errorf("tsboot refresh ended with %d, want %d", code, want)
	}
	return ctx.Err()
}
