package profile

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func (p *parser) run(n *yaml.Node, _ string) {
	p.profile.Run.Pos = p.At(n)
	p.read(n, place{in: "run", has: "run", prefix: "run."}, p.runKeys())
}

var aRestart = oneOfWords("no", "on-failure", "always")

func (p *parser) runKeys() []key {
	r := &p.profile.Run
	pidfile := func() []key { return p.daemonKeys(&Daemon{})[:1] }
	daemon := func() []key { return p.daemonKeys(&Daemon{}) }
	return []key{
		{
			name: "argv", is: aCommand, about: "the agent; without it the command comes after `--`. A command after `--` replaces it",
			read: func(n *yaml.Node, what string) { r.Argv = p.argv(n, use{what: what, many: true, noSecret: FixArgv}) },
		},
		{
			name: "restart", is: aRestart, usual: "`on-failure`", about: "`no`, `on-failure`, `always`",
			read: func(n *yaml.Node, what string) { r.Restart = p.restart(n, what) },
		},
		{
			name: "stop-signal", is: aSignal, usual: "the signal that tsboot received", about: "what the agent gets on stop",
			read: func(n *yaml.Node, what string) { r.StopSignal = p.signal(n, what) },
		},
		{
			name: "grace", is: aDuration, usual: "`25s`", about: "from the stop to SIGKILL",
			read: func(n *yaml.Node, what string) {
				grace := p.duration(n, what, 0)
				r.Grace = &grace
			},
		},
		{
			name: "on-refresh", is: eitherOf(onRefreshWords, matching(`^signal:`)), usual: "`restart`",
			about: "what a refresh that changes something does: `restart`, `setup-and-restart`, `signal:SIGHUP` (any signal)",
			read:  func(n *yaml.Node, what string) { r.OnRefresh = p.onRefresh(n, what) },
		},
		{
			name: "refresh-signal", is: aSignal, about: "this signal to tsboot means refresh, and is not forwarded",
			read: func(n *yaml.Node, what string) { r.RefreshSignal = p.signal(n, what) },
		},
		{
			name: "follow", is: eitherOf(oneOfWords("last-child"), mappingOf(pidfile), someOf(mappingOf(daemon))),
			about: "for a command that forks and ends: `{pidfile: /run/my.pid}`, or `last-child` for the process that tsboot adopted last, is the agent; or a list of [several daemons](#several-daemons)",
			read:  p.follow,
		},
		{
			name: "stop", is: mappingOf(p.stopKeys), about: "a command that stops the agent: [`run.stop`](#a-stop-by-command)",
			read: func(n *yaml.Node, what string) {
				p.read(n, place{in: what, has: what, prefix: what + "."}, p.stopKeys())
			},
		},
	}
}

// restart reads the policy. A bare no is a boolean to YAML 1.1, and so to the reader.
func (p *parser) restart(n *yaml.Node, what string) string {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" && n.Value == "false" {
		p.Fail(n, `write "no"`, "%s: false", what)
		return ""
	}
	return p.oneOf(n, what, aRestart.words...)
}

var onRefreshWords = oneOfWords("restart", "setup-and-restart")

func (p *parser) onRefresh(n *yaml.Node, what string) OnRefresh {
	s, ok := p.Text(n, what)
	if name, is := strings.CutPrefix(s, "signal:"); ok && is {
		return OnRefresh{Action: "signal", Signal: p.signalName(n, what, name)}
	}
	if !ok {
		return OnRefresh{}
	}
	return OnRefresh{Action: p.oneOf(n, what, append(onRefreshWords.words, "signal:SIGHUP")...)}
}

// follow reads last-child, one daemon or a list of them.
func (p *parser) follow(n *yaml.Node, what string) {
	follow := &Follow{Pos: p.At(n)}
	p.profile.Run.Follow = follow
	switch n.Kind {
	case yaml.ScalarNode:
		follow.LastChild = p.oneOf(n, what, "last-child") == "last-child"
	case yaml.SequenceNode:
		p.daemons(n, what, follow)
	default:
		var d Daemon
		p.read(n, place{in: what, has: what, prefix: what + "."}, p.daemonKeys(&d)[:1])
		follow.Daemons = []Daemon{d}
	}
}

// daemons reads a list of daemons, of which one at most is the main one.
func (p *parser) daemons(n *yaml.Node, what string, follow *Follow) {
	if len(n.Content) == 0 {
		p.Fail(n, "name at least one: [{pidfile: /run/my.pid}]", "%s is empty", what)
	}
	var files []string
	mains := 0
	for i, item := range n.Content {
		in := fmt.Sprintf("%s %d", what, i+1)
		var d Daemon
		if !p.read(item, place{in: in, has: in, prefix: in + ": "}, p.daemonKeys(&d)) {
			continue
		}
		if d.PIDFile != "" {
			p.duplicate(item, &files, d.PIDFile, "the pidfile")
		}
		if d.Main {
			mains++
		}
		if d.Main && mains == 2 {
			p.Fail(item, "name one: its end is that of the agent", "%s has a second main", what)
		}
		follow.Daemons = append(follow.Daemons, d)
	}
}

// daemonKeys are those of a daemon in a list; one alone has the first only.
func (p *parser) daemonKeys(d *Daemon) []key {
	return []key{
		{
			name: "pidfile", is: aPath, required: true, about: "the file in which the daemon writes its process id",
			read: func(n *yaml.Node, what string) { d.PIDFile = p.path(n, what) },
		},
		{
			name: "main", is: anyFlag, usual: "`false`", read: p.flag(&d.Main),
			about: "in a list: the end and the code of this one are the agent's; on one at most. Without it the end of any counts",
		},
	}
}

func (p *parser) stopKeys() []key {
	return []key{{
		name: "argv", is: aCommand, required: true, about: "the command, without secrets",
		read: func(n *yaml.Node, what string) {
			p.profile.Run.Stop = p.argv(n, use{what: what, many: true, noSecret: FixArgv})
		},
	}}
}

func (p *parser) health(n *yaml.Node, _ string) {
	h := &Health{Pos: p.At(n), Timeout: 5 * time.Second, Failures: 3}
	if p.read(n, place{in: "health", has: "health", prefix: "health."}, p.healthKeys(h)) {
		p.profile.Health = h
	}
}

func (p *parser) healthKeys(h *Health) []key {
	return []key{
		{
			name: "argv", is: aCommand, required: true,
			about: "exit code 0 is healthy. Its output is dropped (the log says how it ended); what it leaves in its process group is killed",
			read:  func(n *yaml.Node, what string) { h.Argv = p.argv(n, use{what: what, many: true, noSecret: FixArgv}) },
		},
		{
			name: "timeout", is: aDuration, usual: "`5s`", about: "no answer in that time is unhealthy",
			read: func(n *yaml.Node, what string) { h.Timeout = p.limit(n, what, what+": 0", h.Timeout) },
		},
		{
			name: "interval", is: aDuration, about: "the time between two runs; `failures` bad answers in a row restart the agent. Without it the command does not run",
			read: func(n *yaml.Node, what string) { h.Interval = p.duration(n, what, 0) },
		},
		{
			name: "failures", is: number(1, 1000), usual: "`3`", about: "in a row, until the agent is restarted",
			read: func(n *yaml.Node, what string) { h.Failures = p.integer(n, what, 1, 1000) },
		},
		{
			name: "start-period", is: aDuration, usual: "`0s`", about: "from each start of the agent: failures in it do not count",
			read: func(n *yaml.Node, what string) { h.StartPeriod = p.duration(n, what, 0) },
		},
	}
}
