package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// A contender is one command line that ends in an agent's first byte.
type contender struct {
	name string
	argv []string
	runs []run
}

// A run is one start.
type run struct {
	first time.Duration // to the agent's first byte
	whole time.Duration // to the end of the program
	cpu   time.Duration // of all its processes
}

// measure runs the contenders in turn, so many times.
func measure(contenders []*contender, env []string, runs int) error {
	for range runs {
		for _, c := range contenders {
			r, err := c.once(env)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.runs = append(c.runs, r)
		}
	}
	return nil
}

// once starts the program with its output in a pipe, and waits for the first byte and for the end.
func (c *contender) once(env []string) (r run, err error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return r, err
	}
	defer reader.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return r, errors.Join(err, writer.Close())
	}
	defer null.Close()
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, writer, null
	begin := time.Now()
	err = errors.Join(cmd.Start(), writer.Close())
	if err != nil {
		return r, err
	}
	_, err = io.ReadFull(reader, make([]byte, 1))
	r.first = time.Since(begin)
	err = errors.Join(cmd.Wait(), err)
	r.whole = time.Since(begin)
	r.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return r, err
}

// quantile is the value that a share of the runs stays below.
func (c *contender) quantile(share float64, of func(run) time.Duration) time.Duration {
	var list []time.Duration
	for _, r := range c.runs {
		list = append(list, of(r))
	}
	slices.Sort(list)
	return list[min(len(list)-1, int(share*float64(len(list))))]
}

func (c *contender) median(of func(run) time.Duration) time.Duration { return c.quantile(0.5, of) }

func first(r run) time.Duration { return r.first }
func whole(r run) time.Duration { return r.whole }
func cpu(r run) time.Duration   { return r.cpu }
