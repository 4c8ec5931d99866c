package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/oklog/run"

	"github.com/tsboot/tsboot/watch/control"
	"github.com/tsboot/tsboot/watch/sink"
)

// actor is what a run group takes.
type actor struct {
	execute   func() error
	interrupt func(error)
}

// run runs the line, and then closes the outputs, beside the control socket, the signals and others: a stop is also heard while the
// outputs are waited for at the end of a replay.
func (c *common) run(line actor, others ...actor) error {
	var group run.Group
	var ended, closed error
	incomplete := false // a replay that nobody stopped
	over := make(chan struct{})
	waiting, hurry := context.WithCancel(context.Background())
	defer hurry()
	group.Add(func() error {
		defer close(over)
		ended = guarded(line.execute)()
		if c.crash.Load() == nil {
			closed = c.fan.Close(waiting)
		}
		incomplete = c.doing == doingReplay && c.stop.Err() == nil && errors.Is(closed, sink.ErrLocal)
		return ended
	}, func(err error) {
		c.stopping()
		line.interrupt(err)
	})
	group.Add(func() error {
		<-c.stop.Done()
		return nil
	}, func(error) { c.stopping() })
	reactions := control.Reactions{Stop: c.stopping, Reopen: c.fan.Reopener(over), Hurry: hurry}
	c.signals.Early(reactions)
	group.Add(func() error {
		c.signals.Obey(over, reactions)
		return nil
	}, func(error) {})
	for _, other := range others {
		group.Add(guarded(other.execute), other.interrupt)
	}
	if c.socket != nil {
		group.Add(c.socket.Actor())
	}
	if c.console != nil {
		group.Add(c.console.Actor())
	}
	first := group.Run()
	crash := c.crash.Load()
	switch {
	case crash != nil:
		return *crash
	case ended != nil:
		return ended
	case first != nil:
		return first
	case incomplete:
		return &ending{exitOutput, fmt.Errorf("close the outputs: %w", closed)}
	case closed != nil:
		c.app.log.Error("close the outputs", "error", closed)
	}
	return nil
}

// guarded makes a panic an error: the others end in order then, and the kernel's rules are taken away.
func guarded(execute func() error) func() error {
	return func() (err error) {
		defer func() {
			if fault := recover(); fault != nil {
				err = bug(fault)
			}
		}()
		return execute()
	}
}
