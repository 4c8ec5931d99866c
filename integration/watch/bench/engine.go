//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/dockerd"
)

// engine is a Docker engine of this run: its own directory and socket, no network.
type engine struct {
	*dockerd.Engine
	dir     string
	below   int // the pid of its containerd: its own, or the machine's where that runs
	address string
}

// startEngine starts dockerd below the directory.
func startEngine(dir string) (*engine, error) {
	e := &engine{Engine: dockerd.New(dir, nil), dir: dir}
	if err := e.Start(); err != nil {
		return nil, err
	}
	if err := e.findContainerd(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// findContainerd looks for the engine's own first. dockerd starts no containerd where the machine has one.
func (e *engine) findContainerd() (err error) {
	e.address = e.Containerd()
	if pid, err := e.ContainerdPID(); err == nil {
		e.below, err = strconv.Atoi(pid)
		return err
	}
	e.address = "/run/containerd/containerd.sock"
	e.below, err = pidOf("containerd")
	return err
}

func (e *engine) path(name string) string { return filepath.Join(e.dir, name) }

// environ leads a client to the engine by its variable.
func (e *engine) environ() []string { return []string{"DOCKER_HOST=" + e.Host()} }

// docker runs a command of the client and gives what it printed.
func (e *engine) docker(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), e.environ()...)
	out, err := cmd.Output()
	if err != nil {
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			err = fmt.Errorf("%w: %s", err, ended.Stderr)
		}
		return "", fmt.Errorf("docker %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(out)), nil
}

// spent is the processor time of dockerd and of its containerd.
func (e *engine) spent() (time.Duration, error) {
	sum, err := spent(e.PID())
	if err != nil {
		return 0, err
	}
	its, err := spent(e.below)
	return sum + its, err
}

// stop ends the engine, and the containers with it.
func (e *engine) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var faults []error
	if left, err := e.docker(ctx, "ps", "-aq"); err == nil && left != "" {
		_, err := e.docker(ctx, append([]string{"rm", "-f"}, strings.Fields(left)...)...)
		faults = append(faults, err)
	}
	return errors.Join(append(faults, e.Close())...)
}
