package profile

import (
	"slices"
	"strings"
)

// Template is a string of the profile with references in it: ${name}, in text
// files ${name|escape|escape}; $${ is a literal ${. It is parsed once, when the profile is
// read. Values are not parsed: a ${other} in a value stays as it is.
type Template struct {
	Pos   Pos
	Parts []Part
}

// Part is a literal (name is empty) or a reference.
type Part struct {
	Literal string
	Name    string
	Escapes []string // from left to right
	raw     string   // as written, to find its place
}

// badReference is a reference that cannot be read: its text and what is wrong.
type badReference struct{ raw, what string }

// ItemName is the reference to the current item of a for-each step.
const ItemName = "item"

// parseTemplate parses a string, without looking at the declared parameters. Of
// several dollars before a brace each pair is one literal dollar; an odd one
// starts a reference. All other dollars are literal.
func parseTemplate(s string) ([]Part, *badReference) {
	var parts []Part
	var literal strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			break
		}
		first := i
		for first > 0 && s[first-1] == '$' {
			first--
		}
		dollars := i - first + 1
		literal.WriteString(s[:first] + strings.Repeat("$", dollars/2))
		if dollars%2 == 0 {
			literal.WriteByte('{')
			s = s[i+2:]
			continue
		}
		ref, rest, err := parseReference(s[i:])
		if err != nil {
			return nil, err
		}
		if literal.Len() > 0 {
			parts = append(parts, Part{Literal: literal.String()})
			literal.Reset()
		}
		parts, s = append(parts, ref), rest
	}
	literal.WriteString(s)
	if literal.Len() > 0 {
		parts = append(parts, Part{Literal: literal.String()})
	}
	return parts, nil
}

// parseReference reads the reference that s begins with.
func parseReference(s string) (ref Part, rest string, err *badReference) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		line, _, _ := strings.Cut(s, "\n")
		return Part{}, "", &badReference{line, "is not closed"}
	}
	raw := s[:end+1]
	words := strings.Split(raw[2:end], "|")
	name, escapes := words[0], words[1:]
	switch {
	case !validName(name) && !looksLikeFact(name):
		return Part{}, "", &badReference{raw, "does not name a parameter"}
	case len(escapes) > 0 && escapes[len(escapes)-1] == "":
		return Part{}, "", &badReference{raw, "ends where its escape should stand"}
	case slices.Contains(escapes, ""):
		return Part{}, "", &badReference{raw, "has no escape between two |"}
	}
	return Part{Name: name, Escapes: escapes, raw: raw}, s[end+1:], nil
}

// Whole gives the reference when the template is exactly one reference.
func (t *Template) Whole() (Part, bool) {
	if len(t.Parts) == 1 && t.Parts[0].Name != "" {
		return t.Parts[0], true
	}
	return Part{}, false
}

// constant gives the text when the template has no reference.
func (t *Template) constant() (string, bool) {
	switch {
	case len(t.Parts) == 0:
		return "", true
	case len(t.Parts) == 1 && t.Parts[0].Name == "":
		return t.Parts[0].Literal, true
	}
	return "", false
}

// String is the template as its author wrote it, without values.
func (t *Template) String() string {
	var b strings.Builder
	for _, p := range t.Parts {
		b.WriteString(p.Literal + p.raw)
	}
	return b.String()
}

// filled is the template with one harmless word for each reference: what is wrong with
// that is the author's fault and no value's.
func (t *Template) filled(word string) string {
	var b strings.Builder
	for _, p := range t.Parts {
		if b.WriteString(p.Literal); p.Name != "" {
			b.WriteString(word)
		}
	}
	return b.String()
}

// Names lists the parameters that the template refers to.
func (t *Template) Names() []string {
	var names []string
	for _, p := range t.Parts {
		if p.Name != "" {
			names = append(names, p.Name)
		}
	}
	return names
}

// validName accepts the normalised names of parameters.
func validName(s string) bool {
	if s == "" || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
