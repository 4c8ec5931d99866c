package format

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// A Refusal says which rule a value breaks and what to do. It has no secret in it.
type Refusal struct{ What, Fix string }

// An Escape makes a value safe for one kind of place in a text file, or refuses it.
// A reference names it: ${name|json}.
type Escape struct {
	Name string
	One  func(string) (string, *Refusal)
	List func([]string) (string, *Refusal) // nil where the place cannot hold several values
}

// Escapes are sorted by name. docs/profiles.md says where the result of each
// belongs; json, yaml and toml give the inside of a double-quoted string, without
// the quotes.
var Escapes = []Escape{
	{Name: "dollar", One: func(s string) (string, *Refusal) { return DoubleDollars(s), nil }},
	{Name: "ini", One: iniValue},
	{Name: "json", One: insideJSON},
	{Name: "line", One: oneLine},
	{Name: "raw", One: func(s string) (string, *Refusal) { return s, nil }},
	{Name: "shell", One: shellWord, List: shellWords},
	{Name: "toml", One: insideTOML},
	{Name: "url", One: percent},
	{Name: "xml", One: xmlText},
	{Name: "yaml", One: insideYAML},
}

// EscapeOf finds an escape by its name; nil when there is none.
func EscapeOf(name string) *Escape {
	for i := range Escapes {
		if Escapes[i].Name == name {
			return &Escapes[i]
		}
	}
	return nil
}

// A Chain is escapes that a value goes through from left to right: ${name|json|xml}.
type Chain []*Escape

// ChainOf finds escapes by their names. Parse knows that they are there.
func ChainOf(names []string) Chain {
	chain := make(Chain, len(names))
	for i, name := range names {
		chain[i] = EscapeOf(name)
	}
	return chain
}

// One writes one value. It refuses what any link refuses.
func (c Chain) One(s string) (string, *Refusal) {
	for _, link := range c {
		var refused *Refusal
		if s, refused = link.One(s); refused != nil {
			return "", refused
		}
	}
	return s, nil
}

// TakesLists says whether the chain can write several values.
func (c Chain) TakesLists() bool { return len(c) > 0 && c[0].List != nil }

// List writes several values. Only a chain that TakesLists has it.
func (c Chain) List(words []string) (string, *Refusal) {
	s, refused := c[0].List(words)
	if refused != nil {
		return "", refused
	}
	return c[1:].One(s)
}

// DoubleDollars writes a value for a program that expands ${name} in its config, and
// takes two dollars for one.
func DoubleDollars(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// EscapeNames lists the escapes.
func EscapeNames() []string {
	names := make([]string, len(Escapes))
	for i, e := range Escapes {
		names[i] = e.Name
	}
	return names
}

// NotText refuses what no text format can hold.
func NotText(s string) *Refusal {
	if !utf8.ValidString(s) {
		return &Refusal{"is not UTF-8", "store it as text, e.g. in base64 if the agent reads that"}
	}
	return nil
}

func insideJSON(s string) (string, *Refusal) {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return "", NotText(s)
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

// insideYAML also escapes line breaks of YAML 1.1 and characters that its readers
// refuse as not printable.
func insideYAML(s string) (string, *Refusal) { return escapeAll(s, yamlRune) }

func yamlRune(r rune) string {
	switch {
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02X`, r)
	case r >= 0x80 && (!unicode.IsPrint(r) || r > 0xffff):
		return longRune(r)
	}
	return string(r)
}

// insideTOML escapes for a basic string.
func insideTOML(s string) (string, *Refusal) { return escapeAll(s, tomlRune) }

func tomlRune(r rune) string {
	switch {
	case r == '\r':
		return `\r`
	case r < ' ' || r == 0x7f:
		return longRune(r)
	}
	return string(r)
}

func longRune(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf(`\U%08X`, r)
	}
	return fmt.Sprintf(`\u%04X`, r)
}

// escapeAll escapes what every double-quoted string must have escaped, and
// leaves the other characters to one.
func escapeAll(s string, one func(rune) string) (string, *Refusal) {
	if err := NotText(s); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '"', '\\':
			b.WriteString(`\` + string(r))
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteString(one(r))
		}
	}
	return b.String(), nil
}

// xmlText escapes for character data and for attributes in either quote.
func xmlText(s string) (string, *Refusal) {
	if err := NotText(s); err != nil {
		return "", err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff }) {
		return "", &Refusal{"holds a character that XML cannot", "remove it from the value"}
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String(), nil
}

// percent escapes every character that is special in some part of a URL.
func percent(s string) (string, *Refusal) {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), nil
}

func shellWord(s string) (string, *Refusal) { return shellWords([]string{s}) }

// shellWords quotes for a POSIX shell. The quotes are part of the result.
func shellWords(words []string) (string, *Refusal) {
	for _, w := range words {
		if strings.ContainsRune(w, 0) {
			return "", &Refusal{"holds a NUL byte, which no shell can", "remove it from the value"}
		}
	}
	return JoinWords(words), nil
}

// oneLine refuses line breaks and control characters.
func oneLine(s string) (string, *Refusal) {
	if err := NotText(s); err != nil {
		return "", err
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return "", &Refusal{"holds a line break", "remove it from the value, or use an escape that can hold one"}
		case unicode.IsControl(r) && r != '\t':
			return "", &Refusal{"holds a control character", "remove it from the value, or use an escape that can hold one"}
		}
	}
	return s, nil
}

// iniValue refuses values that INI readers read differently: there is not one
// escape that all of them know.
func iniValue(s string) (string, *Refusal) {
	if _, err := oneLine(s); err != nil {
		return "", err
	}
	text := "let the agent read it from a file of its own, or, when its reader takes the value as it stands, use format: text with the escape line"
	switch {
	case strings.TrimSpace(s) != s:
		return "", &Refusal{"begins or ends with white space, which INI readers drop", "remove it from the value"}
	case strings.ContainsAny(s, "#;"):
		return "", &Refusal{"holds '#' or ';', a comment to some INI readers", text}
	case s != "" && strings.ContainsRune("\"'`", rune(s[0])):
		return "", &Refusal{"begins with a quote, which some INI readers drop", text}
	case strings.HasSuffix(s, `\`):
		return "", &Refusal{"ends with a backslash, which some INI readers take for a continued line", text}
	case strings.Contains(s, "%("):
		return "", &Refusal{"holds '%(', a reference to some INI readers", text}
	}
	return s, nil
}
