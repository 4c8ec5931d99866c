package profile

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

const (
	FixArgv     = "arguments are visible to everybody on the host: write it to a file under files and pass the file's path"
	FixStepArgv = FixArgv + "; only where the command takes it no other way, add secret-argv: true"
)

// step reads one setup command.
func (p *parser) step(n *yaml.Node) {
	what := fmt.Sprintf("setup step %d", len(p.profile.Setup)+1)
	s := Step{Pos: p.at(n)}
	f := p.fields(n, what, "name", "argv", "timeout", "retries", "ok-codes", "creates", "when", "for-each", "secret-argv")
	if f == nil {
		p.profile.Setup = append(p.profile.Setup, s)
		return
	}
	if name := p.need(n, f, what, "name"); name != nil {
		s.Name, _ = p.text(name, what+": name")
		p.stepName(name, s.Name)
	}
	s.Timeout = p.duration(f["timeout"], what+": timeout", 60*time.Second)
	if s.Timeout == 0 {
		p.fail(f["timeout"], "give a duration: nothing may wait forever", "%s: timeout 0", what)
	}
	s.Retries = p.integer(f["retries"], what+": retries", 0, 0, 1000)
	s.OKCodes = p.codes(f["ok-codes"], what+": ok-codes")
	s.SecretArgv = p.boolean(f["secret-argv"], what+": secret-argv")
	if c := f["creates"]; c != nil {
		s.Creates = p.pathTemplate(c, what+": creates")
	}
	s.When = p.parameterRef(f["when"], what+": when", false)
	s.ForEach = p.parameterRef(f["for-each"], what+": for-each", true)
	if argv := p.need(n, f, what, "argv"); argv != nil {
		u := use{what: what + ": argv", many: true, item: f["for-each"] != nil, noSecret: FixStepArgv}
		if s.SecretArgv {
			u.noSecret = ""
		}
		s.Argv = p.argv(argv, u)
		p.secretItem(f["for-each"], s, what)
	}
	p.profile.Setup = append(p.profile.Setup, s)
}

func (p *parser) stepName(n *yaml.Node, name string) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		p.fail(n, "give it a name, e.g. register", "name %q", name)
	}
	for _, s := range p.profile.Setup {
		if name != "" && s.Name == name {
			p.fail(n, fmt.Sprintf("the first is in line %d; rename one", s.Pos.Line), "setup step %q appears twice", name)
		}
	}
}

// secretItem refuses items of a secret list in argv, except with secret-argv.
func (p *parser) secretItem(n *yaml.Node, s Step, what string) {
	if d := p.declared(s.ForEach); d != nil && d.Secret && !s.SecretArgv {
		p.fail(n, FixStepArgv, "%s: ${item} is of the secret %q", what, s.ForEach)
	}
}

// parameterRef reads the bare name of a parameter.
func (p *parser) parameterRef(n *yaml.Node, what string, many bool) string {
	if n == nil {
		return ""
	}
	s, ok := p.text(n, what)
	if !ok {
		return ""
	}
	d := p.declared(s)
	switch {
	case d == nil:
		p.fail(n, Nearest(s, p.declaredNames()), "%s: %q is not declared under parameters", what, clip(s))
	case many && !d.Type.Many():
		p.fail(n, "declare it with type: list or type: words", "%s: %q is of type %s", what, s, d.Type)
	}
	return s
}

func (p *parser) codes(n *yaml.Node, what string) []int {
	if n == nil {
		return []int{0}
	}
	var codes []int
	p.each(n, what, func(n *yaml.Node) { codes = append(codes, p.integer(n, what, 0, 0, 255)) })
	if n.Kind == yaml.SequenceNode && len(codes) == 0 {
		p.fail(n, "list at least one, e.g. [0]", "%s: no exit code is a success", what)
	}
	return codes
}

// argv reads a command. The program is written out; arguments may have references.
func (p *parser) argv(n *yaml.Node, u use) []*Template {
	var argv []*Template
	p.each(n, u.what, func(n *yaml.Node) {
		if t := p.template(n, u); t != nil {
			argv = append(argv, t)
		}
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.fail(n, "name the program, then its arguments", "%s is empty", u.what)
	}
	if len(argv) == 0 {
		return argv
	}
	switch program, known := argv[0].constant(); {
	case !known:
		p.failAt(argv[0].Pos, "write the program out", "%s: the program is a reference", u.what)
	case program == "":
		p.failAt(argv[0].Pos, "name the program", "%s: the program is empty", u.what)
	}
	return argv
}

func (p *parser) run(n *yaml.Node) {
	f := p.fields(n, "run", "argv", "restart", "stop-signal", "grace", "on-refresh", "refresh-signal", "follow")
	if f == nil {
		return
	}
	r := &p.profile.Run
	r.Pos = p.at(n)
	if a := f["argv"]; a != nil {
		r.Argv = p.argv(a, use{what: "run.argv", many: true, noSecret: FixArgv})
	}
	if s := f["restart"]; s != nil {
		if s.Kind == yaml.ScalarNode && s.Tag == "!!bool" && s.Value == "false" {
			p.fail(s, `write "no"`, "run.restart: false")
		} else {
			r.Restart = p.oneOf(s, "run.restart", "no", "on-failure", "always")
		}
	}
	r.StopSignal = p.signal(f["stop-signal"], "run.stop-signal")
	r.RefreshSignal = p.signal(f["refresh-signal"], "run.refresh-signal")
	if f["grace"] != nil {
		grace := p.duration(f["grace"], "run.grace", 0)
		r.Grace = &grace
	}
	r.OnRefresh = p.onRefresh(f["on-refresh"])
	if f["follow"] != nil {
		r.Follow = p.follow(f["follow"])
	}
}

func (p *parser) onRefresh(n *yaml.Node) OnRefresh {
	if n == nil {
		return OnRefresh{}
	}
	s, ok := p.text(n, "run.on-refresh")
	if name, is := strings.CutPrefix(s, "signal:"); ok && is {
		return OnRefresh{Action: "signal", Signal: p.signalName(n, "run.on-refresh", name)}
	}
	if !ok {
		return OnRefresh{}
	}
	return OnRefresh{Action: p.oneOf(n, "run.on-refresh", "restart", "setup-and-restart", "signal:SIGHUP")}
}

var signalName = secrets.LazyRegexp(`^([1-9][0-9]?|(?i:(SIG)?([A-Z][A-Z0-9]+|RTMIN\+[0-9]+|RTMAX-[0-9]+)))$`)

// signal reads the name or number of a signal. The supervisor knows which exist.
func (p *parser) signal(n *yaml.Node, what string) Located {
	switch {
	case n == nil:
		return Located{}
	case n.Kind == yaml.ScalarNode && n.Tag == "!!int":
		return p.signalName(n, what, n.Value)
	}
	s, ok := p.text(n, what)
	if !ok {
		return Located{}
	}
	return p.signalName(n, what, s)
}

func (p *parser) signalName(n *yaml.Node, what, s string) Located {
	if !signalName().MatchString(s) {
		p.fail(n, "write e.g. SIGTERM, TERM, 15 or SIGRTMIN+3", "%s: %q is not a signal", what, clip(s))
	}
	return Located{Text: s, Pos: p.at(n)}
}

func (p *parser) follow(n *yaml.Node) *Follow {
	follow := &Follow{Pos: p.at(n)}
	if n.Kind == yaml.ScalarNode {
		follow.LastChild = p.oneOf(n, "run.follow", "last-child") == "last-child"
		return follow
	}
	f := p.fields(n, "run.follow", "pidfile")
	if f == nil {
		return follow
	}
	if file := p.need(n, f, "run.follow", "pidfile"); file != nil {
		follow.PIDFile = p.path(file, "run.follow.pidfile")
	}
	return follow
}

func (p *parser) health(n *yaml.Node) {
	f := p.fields(n, "health", "argv", "timeout", "interval", "failures")
	if f == nil {
		return
	}
	h := &Health{Pos: p.at(n)}
	if argv := p.need(n, f, "health", "argv"); argv != nil {
		h.Argv = p.argv(argv, use{what: "health.argv", many: true, noSecret: FixArgv})
	}
	h.Timeout = p.duration(f["timeout"], "health.timeout", 5*time.Second)
	if h.Timeout == 0 {
		p.fail(f["timeout"], "give a duration: nothing may wait forever", "health.timeout: 0")
	}
	h.Interval = p.duration(f["interval"], "health.interval", 0)
	h.Failures = p.integer(f["failures"], "health.failures", 3, 1, 1000)
	p.profile.Health = h
}

// env reads the key env: the environment of the agent.
func (p *parser) env(n *yaml.Node) {
	f := p.fields(n, "env", "set", "withhold", "pass", "export")
	if f == nil {
		return
	}
	e := &p.profile.Env
	if set := f["set"]; set != nil {
		p.pairs(set, "env.set", func(key, value *yaml.Node) {
			if !format.VariableName().MatchString(key.Value) {
				p.fail(key, "letters, digits and '_', e.g. MY_LEVEL", "env.set: %q cannot name a variable", clip(key.Value))
			}
			if t := p.template(value, use{what: "env.set"}); t != nil {
				e.Set = append(e.Set, EnvSet{key.Value, t})
			}
		})
	}
	e.Withhold = p.globs(f["withhold"], "env.withhold")
	e.Pass = p.globs(f["pass"], "env.pass")
	if f["export"] != nil {
		e.ExportAll = p.oneOf(f["export"], "env.export", "all") == "all"
	}
}

// globs reads names of variables, whose last character may be *.
func (p *parser) globs(n *yaml.Node, what string) []string {
	if n == nil {
		return nil
	}
	var all []string
	p.each(n, what, func(n *yaml.Node) {
		s, ok := p.text(n, what)
		if !ok {
			return
		}
		if err := CheckGlob(s); err != nil {
			p.fail(n, "a name such as MY_LEVEL or MY_*", "%s: %v", what, err)
		}
		all = append(all, s)
	})
	return all
}
