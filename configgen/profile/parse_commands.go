package profile

import (
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/secrets"
)

// argv reads a command. The program is written out; arguments may have references.
func (p *parser) argv(n *yaml.Node, u use) []*Template {
	var argv []*Template
	p.Each(n, u.what, func(n *yaml.Node) {
		if t := p.template(n, u); t != nil {
			argv = append(argv, t)
		}
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.Fail(n, "name the program, then its arguments", "%s is empty", u.what)
	}
	if len(argv) == 0 {
		return argv
	}
	switch program, known := argv[0].constant(); {
	case !known:
		p.FailAt(argv[0].Pos, "write the program out", "%s: the program is a reference", u.what)
	case program == "":
		p.FailAt(argv[0].Pos, "name the program", "%s: the program is empty", u.what)
	}
	return argv
}

// limit reads a duration that is not 0.
func (p *parser) limit(n *yaml.Node, what, zero string, otherwise time.Duration) time.Duration {
	d := p.duration(n, what, otherwise)
	if d == 0 {
		p.Fail(n, "give a duration: nothing may wait forever", "%s", zero)
	}
	return d
}

// signalPattern is the name or number of a signal, in a form that ECMA reads, too.
const signalPattern = `^([1-9][0-9]?|[A-Za-z][A-Za-z0-9]+|([Ss][Ii][Gg])?[Rr][Tt]([Mm][Ii][Nn]\+|[Mm][Aa][Xx]-)[0-9]+)$`

var signalName = secrets.LazyRegexp(signalPattern)

// signal reads the name or number of a signal. The supervisor knows which exist.
func (p *parser) signal(n *yaml.Node, what string) Located {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		return p.signalName(n, what, n.Value)
	}
	s, ok := p.Text(n, what)
	if !ok {
		return Located{}
	}
	return p.signalName(n, what, s)
}

func (p *parser) signalName(n *yaml.Node, what, s string) Located {
	if !signalName().MatchString(s) {
		p.Fail(n, "write e.g. SIGTERM, TERM, 15 or SIGRTMIN+3", "%s: %q is not a signal", what, strictyaml.Clip(s))
	}
	return Located{Text: s, Pos: p.At(n)}
}
