package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tsboot/tsboot/watch/audit/kernel"
	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/pipeline"
)

// watch is the agent: `tswatch [flags]`.
func (a *app) watch(ctx context.Context) error {
	if err := a.begin(); err != nil {
		return err
	}
	plan, err := a.plan()
	if err != nil {
		return err
	}
	c, err := a.open(ctx, doingWatch)
	if err != nil {
		return err
	}
	live, err := a.attach(c, plan)
	if err != nil {
		c.release()
		return err
	}
	execute, interrupt := live.Actor()
	c.health = live.Health
	a.log.Info("watching", "version", versionText(), "audit_mode", a.settings.auditMode, "audit_rules", a.settings.auditRules)
	err = c.run(execute, interrupt, live.Reopen)
	if err == nil {
		a.log.Info("stopped", "events", c.counters.Counts().Events, "alerts", c.counters.Counts().Alerts, "lost", c.counters.Counts().Lost)
	}
	return err
}

// plan is what the flags want of the kernel.
func (a *app) plan() (kernel.Plan, error) {
	s := &a.settings
	plan := kernel.Plan{Rules: s.auditRules == "on", HostRoot: s.hostRoot, RunDir: s.runDir}
	for _, text := range s.auditUIDs {
		uid, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return plan, s.origins.Wrongf("audit-uid", " %q: want the number of a user", text)
		}
		plan.UIDs = append(plan.UIDs, uint32(uid))
	}
	return plan, nil
}

// attach makes the kernel record, joins its log, and puts the line behind it.
func (a *app) attach(c *common, plan kernel.Plan) (*pipeline.Live, error) {
	tracker, err := container.NewTracker(container.Options{Proc: a.settings.proc})
	if err != nil {
		return nil, &ending{exitOutput, fmt.Errorf("look at the processes: %w", err)}
	}
	held, err := kernel.Take(plan)
	if err != nil {
		return nil, err
	}
	for _, note := range held.Notes() {
		a.log.Warn("audit", "detail", note)
	}
	socket, err := kernel.Open(kernel.Options{Mode: kernel.Mode(a.settings.auditMode), Buffer: int(a.settings.receiveBuffer)})
	if err != nil {
		if released := held.Release(); released != nil {
			a.log.Error("take the audit rules away", "error", released)
		}
		return nil, err
	}
	if got := socket.Buffer(); got < int(a.settings.receiveBuffer) {
		a.log.Warn("the kernel gives a smaller receive buffer: give the container --cap-add NET_ADMIN, or raise net.core.rmem_max",
			"wanted", a.settings.receiveBuffer.String(), "got", got)
	}
	settings := c.lineSettings()
	settings.Own = held.Own
	return pipeline.NewLive(pipeline.LiveSettings{
		Settings:  settings,
		Source:    socket,
		Attribute: tracker.Attribute,
		Overruns:  func() uint64 { return socket.Counters().Overruns },
		Lost:      held.Lost,
		Release:   held.Release,
		Queue:     a.settings.queue,
	}), nil
}
