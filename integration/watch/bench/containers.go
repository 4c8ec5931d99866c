//go:build linux

package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/watch/rootfs"
)

const (
	loadUser = "54325" // whose programs the kernel records
	image    = "bench-watch:1"
)

// container is one that starts processes when it is ordered to. It is there from the beginning, waits in read(2), and is
// ordered through pipes with names: the engine has nothing to do while something is measured.
type container struct {
	id      string
	orders  *os.File
	answers *os.File
}

// report is what a container says after a load.
type report struct {
	took  time.Duration
	spent time.Duration // by the load itself
}

// startContainers starts so many.
func startContainers(ctx context.Context, e *engine, n int) ([]*container, error) {
	if err := makeImage(ctx, e); err != nil {
		return nil, err
	}
	var all []*container
	for i := range n {
		c, err := startContainer(ctx, e, i)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// makeImage makes an image of the load and of the shortest program.
func makeImage(ctx context.Context, e *engine) error {
	top, err := require.ModuleRoot()
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", e.path("load"), "./integration/watch/bench/load")
	build.Dir, build.Env = top, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the load: %w\n%s", err, out)
	}
	load, err := os.ReadFile(e.path("load"))
	if err != nil {
		return err
	}
	tiny, err := rootfs.Tiny(elf.ELFCLASS64)
	if err != nil {
		return err
	}
	return rootfs.Import(ctx, e.environ(), image, []rootfs.File{{Path: "usr/bin/load", Content: load}, {Path: "usr/bin/tiny", Content: tiny}})
}

func startContainer(ctx context.Context, e *engine, number int) (*container, error) {
	dir := e.path(fmt.Sprintf("pipes-%d", number))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	c := &container{}
	for name, pipe := range map[string]**os.File{"orders": &c.orders, "answers": &c.answers} {
		path := filepath.Join(dir, name)
		if err := errors.Join(unix.Mkfifo(path, 0o600), os.Chmod(path, 0o666)); err != nil {
			return nil, fmt.Errorf("make the pipe %s: %w", path, err)
		}
		var err error
		if *pipe, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
			return nil, err
		}
	}
	var err error
	c.id, err = e.docker(ctx, "run", "-d", "--name", fmt.Sprintf("bench-%d", number), "--user", loadUser, "--network", "none",
		"--log-driver", "none", "-v", dir+":/pipes", image, "load", "/pipes/orders", "/pipes/answers", "/usr/bin/tiny")
	return c, err
}

// order has the container start so many processes, so many a second. Each has the name and a number as its argument.
func (c *container) order(rate, times int, name string) error {
	_, err := fmt.Fprintln(c.orders, rate, times, name)
	return err
}

// answer waits for the end of what was ordered.
func (c *container) answer(ctx context.Context, limit time.Duration) (r report, err error) {
	if err := c.answers.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return r, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.answers.SetReadDeadline(time.Now()) })
	defer stop()
	if _, err := fmt.Fscanln(c.answers, &r.took, &r.spent); err != nil {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		return r, fmt.Errorf("wait for the load of container %.12s: %w", c.id, err)
	}
	return r, nil
}
