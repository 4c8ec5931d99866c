package configgen

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// expandPath puts values into a path of the profile. A reference that is the whole
// path may be any absolute path. In a longer path a value is one path element, or
// part of one, so it cannot lead to another directory. On a problem, the result is
// the path with its references.
func (r *Resolved) expandPath(t *profile.Template, what string) (string, []Problem) {
	p := &pathExpansion{resolved: r, what: fmt.Sprintf("%s %s", what, t)}
	for _, name := range t.Names() {
		if r.absent[name] {
			return t.String(), nil // reported where it is needed
		}
		p.secret(name)
	}
	if len(p.problems) > 0 {
		return t.String(), p.problems
	}
	ref, whole := t.Whole()
	if whole {
		p.path(ref.Name)
	} else {
		p.parts(t)
	}
	name := r.text(t, nil)
	if len(p.problems) == 0 && !path.IsAbs(name) {
		p.fail("path-invalid", "give an absolute path", "%sis not an absolute path", p.from(t.Names()))
	}
	if len(p.problems) > 0 {
		return t.String(), p.problems
	}
	return path.Clean(name), nil
}

// pathExpansion collects the problems of one path.
type pathExpansion struct {
	resolved *Resolved
	what     string
	problems []Problem
}

func (p *pathExpansion) fail(code, fix, format string, args ...any) {
	p.problems = append(p.problems, Problem{Code: code, What: p.what + ": " + fmt.Sprintf(format, args...), Fix: fix})
}

// secret refuses a secret: every user can see a path, and the log shows it.
func (p *pathExpansion) secret(name string) {
	if p.resolved.value(name).secret {
		p.fail("secret-in-path", "take the path from a parameter that is not secret; if this one is not, store it as a String",
			"%s, and everybody can read a path", p.resolved.whySecret(name))
	}
}

// path checks the value of a reference that is the whole path.
func (p *pathExpansion) path(name string) {
	if strings.ContainsFunc(p.resolved.value(name).Text, unicode.IsControl) {
		p.fail("path-invalid", "remove it from the value", "%sholds a control character", p.from([]string{name}))
	}
}

// parts checks the values in a longer path: no value may have a slash, and each
// element with a value must be a plain name.
func (p *pathExpansion) parts(t *profile.Template) {
	for _, name := range t.Names() {
		if strings.Contains(p.resolved.value(name).Text, "/") {
			p.fail("path-element", elementFix, `%sholds "/"`, p.from([]string{name}))
		}
	}
	if len(p.problems) > 0 {
		return
	}
	var element strings.Builder
	var names []string // whose values stand in the element
	for _, part := range t.Parts {
		if part.Name != "" {
			element.WriteString(p.resolved.value(part.Name).Text)
			names = append(names, part.Name)
			continue
		}
		for i, s := range strings.Split(part.Literal, "/") {
			if i > 0 {
				p.element(element.String(), names)
				element.Reset()
				names = nil
			}
			element.WriteString(s)
		}
	}
	p.element(element.String(), names)
}

// element checks one element with values in it.
func (p *pathExpansion) element(s string, names []string) {
	switch {
	case len(names) == 0:
	case s == "" || s == "." || s == "..":
		p.fail("path-element", elementFix, "%smakes the path element %q", p.from(names), s)
	case strings.ContainsFunc(s, unicode.IsControl):
		p.fail("path-element", elementFix, "%sholds a control character", p.from(names))
	}
}

const elementFix = `give a plain name: inside a path a value is one path element, without "/", not ".", "..", nor empty; or let one parameter be the whole path`

// from gives parameters with their sources and values, for a message.
func (p *pathExpansion) from(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		v, where := p.resolved.value(name), " (from "+source(p.resolved.parameters[name])+")"
		switch {
		case secrets.IsFact(name):
			where = ""
		case !v.set:
			where = " (nothing gives it)"
		}
		list[i] = fmt.Sprintf("%s%s: %s", called([]string{name}), where, p.resolved.display(v.secret)(v.Text))
	}
	return strings.Join(list, "and ")
}
