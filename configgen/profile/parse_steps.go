package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/secrets"
)

// Fixes for a secret in an argument.
const (
	FixArgv     = "arguments are visible to everybody on the host: write it to a file under files and pass the file's path"
	FixStepArgv = FixArgv + "; only where the command takes it no other way, add secret-argv: true"
)

// step reads one command of setup or before-start.
func (p *parser) step(n *yaml.Node, list string, to *[]Step) {
	s := Step{Pos: p.At(n), List: list, Timeout: 60 * time.Second, OKCodes: []int{0}}
	what := fmt.Sprintf("%s step %d", list, len(*to)+1)
	p.read(n, place{in: what, has: what, prefix: what + ": "}, p.stepKeys(&s))
	p.stepTwice(&s, *to)
	*to = append(*to, s)
}

func (p *parser) stepKeys(s *Step) []key {
	var forEach *yaml.Node
	return []key{
		{
			name: "name", is: anyText, required: true, about: "what the log calls it",
			read: func(n *yaml.Node, what string) {
				s.Name, _ = p.Text(n, what)
				s.named = p.At(n)
				if s.Name == "" || strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' }) {
					p.Fail(n, "give it a name, e.g. register", "name %q", s.Name)
				}
			},
		},
		{
			name: "argv", is: aCommand, required: true, last: true, about: "the program (looked up in `PATH`, no references) and its arguments; no shell",
			read: func(n *yaml.Node, what string) {
				u := use{what: what, many: true, item: forEach != nil, noSecret: FixStepArgv}
				if s.SecretArgv {
					u.noSecret = ""
				}
				s.Argv = p.argv(n, u)
				p.secretItem(forEach, s, strings.TrimSuffix(what, ": argv"))
			},
		},
		{
			name: "timeout", is: aDuration, usual: "`60s`", about: "for each try",
			read: func(n *yaml.Node, what string) {
				s.Timeout = p.limit(n, what, what[:strings.LastIndex(what, ":")]+": timeout 0", s.Timeout)
			},
		},
		{
			name: "retries", is: number(0, 1000), usual: "`0`", about: "after the first try",
			read: func(n *yaml.Node, what string) { s.Retries = p.integer(n, what, 0, 1000) },
		},
		{
			name: "ok-codes", is: someOf(number(0, 255)), usual: "`[0]`", about: "exit codes that are a success",
			read: func(n *yaml.Node, what string) { s.OKCodes = p.codes(n, what) },
		},
		{
			name: "creates", is: eitherOf(aPath, matching(`^\$\{`)),
			about: "the step is skipped when this path exists and no file changed. When setup did not end, the record beside the first file (`.tsboot-record-FILE`) says so, and the next boot skips no step",
			read:  func(n *yaml.Node, what string) { s.Creates = p.pathTemplate(n, what) },
		},
		{
			name: "when", is: aParameter, about: "a parameter: the step runs only when it is not empty",
			read: func(n *yaml.Node, what string) { s.When = p.parameterRef(n, what, false) },
		},
		{
			name: "for-each", is: aParameter, about: "a `list` or `words` parameter: the step runs once for each item, which is `${item}`",
			read: func(n *yaml.Node, what string) { forEach, s.ForEach = n, p.parameterRef(n, what, true) },
		},
		{
			name: "stdin", is: anyText, last: true,
			about: "what the command reads from its standard input, again at each try: a text that may have references, secrets too, and `${item}` with `for-each`. No line break is added. The way to give a secret, where the command takes it so",
			read:  func(n *yaml.Node, what string) { s.Stdin = p.template(n, use{what: what, item: forEach != nil}) },
		},
		{
			name: "secret-argv", is: anyFlag, usual: "`false`", read: p.flag(&s.SecretArgv),
			about: "lets secrets into this step's arguments. Arguments are visible to every process that sees this one, and to the host's audit log: only for a program that has no other way to take the secret",
		},
	}
}

// stepTwice refuses a name that another step of the list has.
func (p *parser) stepTwice(s *Step, list []Step) {
	for _, other := range list {
		if s.Name != "" && other.Name == s.Name {
			p.FailAt(s.named, fmt.Sprintf("the first is in line %d; rename one", other.Pos.Line), "%s step %q appears twice", s.List, s.Name)
		}
	}
}

// secretItem refuses items of a secret list in argv, except with secret-argv.
func (p *parser) secretItem(n *yaml.Node, s *Step, what string) {
	named := func(t *Template) bool { return slices.Contains(t.Names(), ItemName) }
	if d := p.declared(s.ForEach); d != nil && d.Secret && !s.SecretArgv && slices.ContainsFunc(s.Argv, named) {
		p.Fail(n, FixStepArgv, "%s: ${item} is of the secret %q", what, s.ForEach)
	}
}

// parameterRef reads the name of a parameter, bare or as a reference.
func (p *parser) parameterRef(n *yaml.Node, what string, many bool) string {
	s, ok := p.Text(n, what)
	if !ok {
		return ""
	}
	if inside, ok := strings.CutPrefix(s, "${"); ok && strings.HasSuffix(s, "}") {
		s = strings.TrimSuffix(inside, "}")
	}
	d := p.declared(s)
	switch {
	case secrets.IsFact(s):
		p.Fail(n, "name a parameter: a fact that is used always has a value", "%s: %q is a fact", what, s)
	case d == nil:
		p.Fail(n, strictyaml.Nearest(s, p.declaredNames()), "%s: %q is not declared under parameters", what, strictyaml.Clip(s))
	case many && !d.Type.Many():
		p.Fail(n, "declare it with type: list or type: words", "%s: %q is of type %s", what, s, d.Type)
	}
	return s
}

func (p *parser) codes(n *yaml.Node, what string) []int {
	var codes []int
	p.Each(n, what, func(n *yaml.Node) { codes = append(codes, p.integer(n, what, 0, 255)) })
	if n.Kind == yaml.SequenceNode && len(codes) == 0 {
		p.Fail(n, "list at least one, e.g. [0]", "%s: no exit code is a success", what)
	}
	return codes
}
