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
	"syscall"
	"time"
)

// engine is a Docker engine of this run: its own directory and socket, no network.
type engine struct {
	dir     string
	process *process
	below   int // the pid of its containerd: its own, or the machine's where that runs
	address string
}

// startEngine starts dockerd below the directory and waits until it answers.
func startEngine(ctx context.Context, dir string) (*engine, error) {
	e := &engine{dir: dir}
	cmd := exec.Command("dockerd", "--data-root", e.path("data"), "--exec-root", e.path("exec"), "--pidfile", e.path("dockerd.pid"),
		"-H", e.host(), "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false")
	var err error
	if e.process, err = start(cmd, e.path("dockerd.log"), e.path("dockerd.log")); err != nil {
		return nil, err
	}
	answers := func() bool { _, err := e.docker(ctx, "version"); return err == nil }
	if !e.process.await(ctx, answers) {
		return nil, errors.Join(fmt.Errorf("dockerd does not answer; its log ends with\n%s", tail(e.process.log)), e.stop())
	}
	if err := e.findContainerd(); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	return e, nil
}

// findContainerd looks below the engine's directory first. dockerd starts no containerd where the machine has one.
func (e *engine) findContainerd() (err error) {
	e.address = e.path("exec/containerd/containerd.sock")
	if text, err := os.ReadFile(e.path("exec/containerd/containerd.pid")); err == nil {
		e.below, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err
	}
	e.address = "/run/containerd/containerd.sock"
	e.below, err = pidOf("containerd")
	return err
}

func (e *engine) path(name string) string { return filepath.Join(e.dir, name) }

// host is how a client is led to the engine.
func (e *engine) host() string { return "unix://" + e.path("docker.sock") }

// environ leads a client to the engine by its variable.
func (e *engine) environ() []string { return []string{"DOCKER_HOST=" + e.host()} }

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
	sum, err := spent(e.process.pid())
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
	faults = append(faults, e.process.stop())
	_ = syscall.Unmount(e.path("data"), syscall.MNT_DETACH) // where dockerd left it mounted
	return errors.Join(faults...)
}
