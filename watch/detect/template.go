package detect

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/watch/event"
)

const (
	where     = "where" // {{where}}: the container with its image, or the host, and the pids
	unknown   = "unknown"
	longest   = 256 // characters of one value in a message
	shortenID = 12  // characters of a container's id where it stands for the name
)

// message is the sentence of an alert: text and fields by turns.
type message struct{ parts []part }

// part is a piece of text, a field, or {{where}}.
type part struct {
	text  string
	field *field
	where bool
}

// defaultMessage is the message of a rule that has none.
func defaultMessage(name string) *message {
	return &message{parts: []part{{text: name + ": "}, {where: true}}}
}

// template reads the message of a rule.
func (f *ruleFile) template(s *shape, n *yaml.Node) *message {
	m := &message{}
	text, done := n.Value, 0
	for {
		before, rest, found := strings.Cut(text[done:], "{{")
		m.parts = append(m.parts, part{text: before})
		if !found {
			return m
		}
		begin := done + len(before) + 2
		name, _, closed := strings.Cut(rest, "}}")
		at := f.place(n, utf8.RuneCountInString(text[:begin]))
		if !closed {
			f.FailAt(at, "write {{process.name}}", "message: {{ without }}")
			return m
		}
		done = begin + len(name) + 2
		m.parts = append(m.parts, f.part(s, at, strings.TrimSpace(name)))
	}
}

func (f *ruleFile) part(s *shape, at Pos, name string) part {
	if name == where {
		return part{where: true}
	}
	field := s.find(name)
	switch {
	case field == nil:
		f.FailAt(at, s.suggest(name), "message: an event has no field %q", strictyaml.Clip(name))
	case len(field.children) > 0:
		f.FailAt(at, "known: "+strings.Join(field.names(false), ", "), "message: {{%s}} has fields of its own; name one of them", name)
	}
	return part{field: field}
}

// suggest is the fix for a path that no event has.
func (s *shape) suggest(path string) string {
	at := s.root
	for _, name := range strings.Split(path, ".") {
		next := at.variable(name)
		if next == nil || !next.forRules {
			return strictyaml.Nearest(name, at.names(false))
		}
		at = next
	}
	return strictyaml.Nearest(path, at.names(false))
}

// render writes the message of an event. A value is text: what looks like a template in it is none.
func (m *message) render(a *activation) string {
	var b strings.Builder
	for _, p := range m.parts {
		switch {
		case p.where:
			b.WriteString(whereOf(a.event))
		case p.field != nil:
			b.WriteString(valueOf(a, p.field))
		default:
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// valueOf is a field as a person reads it.
func valueOf(a *activation, f *field) string {
	switch {
	case f.present(a.event):
		return readable(textOf(a.value(f)))
	case f.path == "container.name" && a.event.Container != nil:
		return readable(containerName(a.event.Container))
	case f.path == "process.name":
		return "an " + unknown + " program"
	}
	return unknown
}

func textOf(v ref.Val) string {
	if all, ok := v.(traits.Lister); ok {
		var words []string
		for it := all.Iterator(); it.HasNext() == types.True; {
			words = append(words, textOf(it.Next()))
		}
		return strings.Join(words, " ")
	}
	if t, ok := v.(types.Timestamp); ok {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return fmt.Sprint(v.Value())
}

// readable is a value that a hostile process may have chosen, for a person's terminal: nothing that moves the cursor, breaks
// the line or reverses the direction of writing, and not without end.
func readable(s string) string {
	var b strings.Builder
	for i, c := range []rune(s) {
		switch {
		case i == longest:
			b.WriteString("…")
			return b.String()
		case unicode.IsPrint(c):
			b.WriteRune(c)
		default:
			quoted := strconv.QuoteRune(c)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// whereOf says where it happened.
func whereOf(e *event.Event) string {
	var b strings.Builder
	switch c := e.Container; {
	case c != nil:
		fmt.Fprintf(&b, "in container %s (image %s)", readable(containerName(c)), readable(imageName(c)))
	case e.Tswatch.Attribution != nil && e.Tswatch.Attribution.Method == "none":
		fmt.Fprintf(&b, "on host %s, container %s (%s)", readable(orUnknown(e.Host.Hostname)), unknown, readable(e.Tswatch.Attribution.Reason))
	default:
		fmt.Fprintf(&b, "on host %s", readable(orUnknown(e.Host.Hostname)))
	}
	if p := e.Process; p != nil && p.PID > 0 {
		fmt.Fprintf(&b, ", pid %d", p.PID)
		switch {
		case p.VPID > 0 && e.Container != nil:
			fmt.Fprintf(&b, " (pid %d in the container)", p.VPID)
		case e.Container != nil:
			fmt.Fprintf(&b, " (pid in the container %s)", unknown)
		}
	}
	return b.String()
}

// containerName is the name, or the beginning of the id where no runtime gave a name.
func containerName(c *event.Container) string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID[:min(len(c.ID), shortenID)]
}

func imageName(c *event.Container) string {
	switch {
	case c.Image != nil && c.Image.Name == "" && c.Image.Hash != nil && len(c.Image.Hash.All) > 0:
		digest := c.Image.Hash.All[0]
		return digest[:min(len(digest), len("sha256:")+shortenID)]
	case c.Image == nil || c.Image.Name == "":
		return unknown
	case len(c.Image.Tag) > 0:
		return c.Image.Name + ":" + c.Image.Tag[0]
	}
	return c.Image.Name
}

func orUnknown(s string) string {
	if s == "" {
		return unknown
	}
	return s
}
