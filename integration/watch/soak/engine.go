//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/tsboot/tsboot/integration/dockerd"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/integration/watch/rootfs"
)

// aLongTime bounds a wait that ends at once where all is right.
const aLongTime = time.Minute

const image = "watchsoak:7"

// engine is a dockerd of the soak's own, without networks. Its containers live on while it is restarted.
type engine struct {
	*client.Client
	dir    string
	docker *dockerd.Engine
	story  *story
	there  atomic.Bool // not while it is restarted
}

func startEngine(dir string, story *story) (*engine, error) {
	e := &engine{dir: filepath.Join(dir, "engine"), story: story}
	e.docker = dockerd.New(e.dir, nil, "--live-restore")
	err := os.Mkdir(e.dir, 0o700)
	if err == nil {
		e.Client, err = client.New(client.WithHost(e.docker.Host()))
	}
	if err == nil {
		err = e.start()
	}
	if err != nil {
		return nil, err
	}
	if err := e.load(dir); err != nil {
		return nil, errors.Join(err, e.remove())
	}
	return e, nil
}

func (e *engine) start() error {
	err := e.docker.Start()
	e.there.Store(err == nil)
	return err
}

// restart ends the engine by the signal and starts it again after a while.
func (e *engine) restart(by syscall.Signal, away func() bool) error {
	e.there.Store(false)
	if err := e.docker.End(by); err != nil {
		return err
	}
	away()
	return e.start()
}

// await waits while the engine is restarted: to ask one that is not there says nothing.
func (e *engine) await(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, aLongTime)
	defer cancel()
	wait.Context(ctx, e.there.Load)
}

// remove takes away all that the engine has made. Where the engine is gone it is started once more: its containers live on.
func (e *engine) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*aLongTime)
	defer cancel()
	if _, err := e.Ping(ctx, client.PingOptions{}); err != nil {
		_ = e.docker.End(syscall.SIGTERM)
		if err := e.start(); err != nil {
			return fmt.Errorf("take the containers away: %w", err)
		}
	}
	defer e.killLeft()
	return errors.Join(e.empty(ctx), e.docker.Close())
}

// killLeft ends what an engine that was killed has forgotten: the shims of this engine, and what each has started.
func (e *engine) killLeft() {
	found, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range found {
		text, _ := os.ReadFile(path)
		if !bytes.Contains(text, []byte("containerd-shim")) || !bytes.Contains(text, []byte(e.dir)) {
			continue
		}
		lists, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "task/*/children"))
		for _, list := range lists {
			children, _ := os.ReadFile(list)
			for _, child := range strings.Fields(string(children)) {
				if pid, err := strconv.Atoi(child); err == nil {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
		_ = syscall.Kill(pidOf(path), syscall.SIGKILL)
	}
}

// empty removes all containers, and so ends what runs in them.
func (e *engine) empty(ctx context.Context) error {
	left, err := e.ContainerList(ctx, client.ContainerListOptions{All: true})
	for _, c := range left.Items {
		_, failed := e.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true})
		err = errors.Join(err, failed)
	}
	return err
}

// load makes the image: the worker, and a busybox by the names of what the worker starts.
func (e *engine) load(dir string) error {
	var files []rootfs.File
	for _, name := range []string{"worker", "true", "curl"} {
		content, err := os.ReadFile(filepath.Join(dir, "bin", name))
		if err != nil {
			return err
		}
		files = append(files, rootfs.File{Path: "bin/" + name, Content: content})
	}
	archive, err := rootfs.Archive(files)
	if err != nil {
		return err
	}
	source := client.ImageImportSource{Source: bytes.NewReader(archive), SourceName: "-"}
	answer, err := e.ImageImport(context.Background(), source, "watchsoak", client.ImageImportOptions{Tag: "7"})
	if err != nil {
		return fmt.Errorf("import the image: %w", err)
	}
	defer answer.Close()
	_, err = io.Copy(io.Discard, answer)
	return err
}

// create makes a container that runs the command as the user whose programs are recorded.
func (e *engine) create(ctx context.Context, name string, command []string, progress string) (string, error) {
	made, err := e.ContainerCreate(ctx, client.ContainerCreateOptions{
		Name:       name,
		Config:     &container.Config{Image: image, User: fmt.Sprint(uid), Cmd: command},
		HostConfig: &container.HostConfig{NetworkMode: "none", Binds: []string{progress + ":/progress"}},
	})
	return made.ID, err
}

// buildWorker puts the worker, and busybox by the names that the worker knows, below bin.
func buildWorker(dir string) error {
	top, err := require.ModuleRoot()
	if err != nil {
		return err
	}
	bin := filepath.Join(dir, "bin")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin+"/worker", "./integration/watch/soak/worker")
	cmd.Dir, cmd.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the worker: %w\n%s", err, out)
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	content, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	for _, name := range []string{"true", "curl"} {
		if err := os.WriteFile(filepath.Join(bin, name), content, 0o755); err != nil {
			return err
		}
	}
	return os.Mkdir(filepath.Join(dir, "progress"), 0o755)
}
