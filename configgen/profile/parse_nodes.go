package profile

import (
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// hasKey says whether a mapping has a key.
func hasKey(n *yaml.Node, name string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// texts reads a list of strings.
func (p *parser) texts(n *yaml.Node, what string) []string {
	var all []string
	p.Each(n, what, func(n *yaml.Node) {
		if s, ok := p.Text(n, what); ok {
			all = append(all, s)
		}
	})
	return all
}

// paths reads a list of absolute paths without references.
func (p *parser) paths(n *yaml.Node, what string) []string {
	var all []string
	p.Each(n, what, func(n *yaml.Node) { all = append(all, p.path(n, what)) })
	return all
}

func (p *parser) path(n *yaml.Node, what string) string {
	s, ok := p.Text(n, what)
	switch {
	case !ok:
	case strings.Contains(s, "${"):
		p.Fail(n, "write the path out", "%s cannot hold a reference", what)
	default:
		p.absolute(n, what, s)
	}
	return s
}

// absolute checks a path that has no reference.
func (p *parser) absolute(n *yaml.Node, what, s string) {
	if !path.IsAbs(s) || strings.ContainsRune(s, 0) {
		p.Fail(n, "a path begins with /", "%s: %q is not an absolute path", what, strictyaml.Clip(s))
	}
}

// duration reads a duration; otherwise is for what is none.
func (p *parser) duration(n *yaml.Node, what string, otherwise time.Duration) time.Duration {
	if d, ok := p.Duration(n, what); ok {
		return d
	}
	return otherwise
}

// integer reads a whole number.
func (p *parser) integer(n *yaml.Node, what string, least, most int64) int {
	return int(p.Integer(n, what, least, most))
}

// oneOf reads one of a list of words.
func (p *parser) oneOf(n *yaml.Node, what string, choice ...string) string {
	s, ok := p.Text(n, what)
	if ok && !slices.Contains(choice, s) {
		p.Fail(n, strictyaml.Nearest(s, choice), "%s: %q", what, strictyaml.Clip(s))
	}
	return s
}
