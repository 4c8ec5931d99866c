package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/watch/audit/kernel"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/container/runtime"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/pipeline"
)

// watch is the agent: `tswatch [flags]`.
func (a *app) watch(ctx context.Context) error {
	heard, err := a.begin()
	if err != nil {
		return err
	}
	var plan kernel.Plan
	var c *common
	err = heard.Start(guarded(func() (err error) {
		if plan, err = a.plan(); err != nil {
			return err
		}
		c, err = a.open(ctx, doingWatch, heard)
		return err
	}))
	if err != nil {
		return err
	}
	defer c.stopping()
	runtimes := runtime.New(runtime.Options{
		Docker: a.settings.docker, Containerd: a.settings.containerd, HostRoot: a.settings.hostRoot, Proc: a.settings.proc, Log: a.log,
	})
	live, err := a.attach(c, runtimes, plan)
	if err != nil {
		c.release()
		return err
	}
	c.live.Store(live)
	c.health, c.last, c.runtimes = live.Health, live.Last, runtimes.Stats
	a.log.Info("watching", "version", versionText(), "audit_mode", a.settings.auditMode, "audit_rules", a.settings.auditRules)
	pipeline.LimitMemory(a.settings.queue, a.environ)
	execute, interrupt := live.Actor()
	follow, leave := runtimes.Actor()
	err = c.run(actor{execute, interrupt}, actor{follow, leave})
	if err == nil {
		counts := c.counters.Counts()
		a.log.Info("stopped", "events", counts.Events, "alerts", counts.Alerts, "lost", counts.Lost)
	}
	return err
}

// plan is what the flags want of the kernel.
func (a *app) plan() (kernel.Plan, error) {
	s := &a.settings
	if err := s.validateKernel(); err != nil {
		return kernel.Plan{}, err
	}
	plan := kernel.Plan{Rules: s.auditRules == "on", HostRoot: s.hostRoot, Self: container.HostPID(s.proc), RunDir: s.runDir}
	for _, socket := range []string{strings.TrimPrefix(s.docker, "unix://"), strings.TrimPrefix(s.containerd, "unix://")} {
		if filepath.IsAbs(socket) {
			plan.Sockets = append(plan.Sockets, socket)
		}
	}
	for _, text := range s.auditUIDs {
		uid, err := strconv.ParseUint(text, 10, 32)
		if err != nil || uid == math.MaxUint32 { // which stands for no user
			return plan, s.origins.WrongItemf("audit-uid", text, " %q: want the number of a user, 0 to 4294967294", text)
		}
		plan.UIDs = append(plan.UIDs, uint32(uid))
	}
	return plan, nil
}

// attach puts the line behind what the kernel records.
func (a *app) attach(c *common, runtimes *runtime.Runtimes, plan kernel.Plan) (*pipeline.Live, error) {
	tracker, err := container.NewTracker(container.Options{Proc: a.settings.proc, Index: runtimes, Blind: plan.Self == 0})
	if err != nil {
		return nil, &ending{exitOutput, fmt.Errorf("look at the processes: %w", err)}
	}
	held, socket, err := a.listen(plan)
	if err != nil {
		return nil, err
	}
	settings := c.lineSettings()
	settings.Own = held.Own
	settings.Echo = func(e *event.Event) bool {
		p := e.Process
		return p != nil && p.Parent != nil && runtimes.IsOwn(p.PID, p.Parent.PID, p.Executable)
	}
	completer := pipeline.NewCompleter(c.stop, runtimes)
	settings.Complete = func(pid int, a *container.Attribution) {
		tracker.Reconsider(a)
		completer.Complete(pid, a)
	}
	return pipeline.NewLive(pipeline.LiveSettings{
		Settings:  settings,
		Source:    socket,
		Attribute: tracker.Attribute,
		Overruns:  socket.Overruns,
		Lost:      held.Lost,
		Release:   held.Release,
		Queue:     a.settings.queue,
	}), nil
}

// listen makes the kernel record, and joins its log.
func (a *app) listen(plan kernel.Plan) (*kernel.Held, *kernel.Socket, error) {
	held, err := kernel.Take(plan)
	if err != nil {
		return nil, nil, err
	}
	socket, err := kernel.Open(kernel.Options{Mode: kernel.Mode(a.settings.auditMode), Buffer: int(a.settings.receiveBuffer), Held: held})
	if err != nil {
		if released := held.Release(); released != nil {
			a.log.Error("take the audit rules away", "error", released)
		}
		return nil, nil, err
	}
	for _, note := range append(held.Notes(), socket.Notes()...) {
		a.log.Warn("audit", "detail", note)
	}
	return held, socket, nil
}
