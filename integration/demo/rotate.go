package main

import (
	"context"
	"fmt"
)

// rotateKey puts a new key into the store, and has the agent run on it.
func (e *env) rotateKey(context.Context) (string, error) {
	pid, err := e.agentPID()
	if err != nil {
		return "", err
	}
	e.Rotate(1)
	if err := e.Refresh(0); err != nil {
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
	e.Rotate(2)
	for range 2 { // the second time nothing is tried
		if err := e.Refresh(1); err != nil {
			return "", err
		}
	}
	if _, err := e.awaitAgent(ctx, 0); err != nil {
		return "", err
	}
	return "the agent runs again, and on key 2. Key 3 waits until somebody changes it.", e.config()
}
