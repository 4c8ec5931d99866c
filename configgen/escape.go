package configgen

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tsboot/tsboot/secrets"
)

// escape makes a value safe for one kind of place in a text file, or refuses
// it. list is there where the place can hold several values.
type escape struct {
	one  func(string) (string, *broken)
	list func([]string) (string, *broken)
}

// escapes by the name that a reference gives. docs/profiles.md says of each
// where its result belongs; json, yaml and toml give the inside of a
// double-quoted string, without the quotes.
var escapes = map[string]escape{
	"json":  {one: insideJSON},
	"yaml":  {one: insideYAML},
	"toml":  {one: insideTOML},
	"ini":   {one: iniValue},
	"xml":   {one: xmlText},
	"shell": {one: shellWord, list: shellWords},
	"url":   {one: percent},
	"line":  {one: oneLine},
	"raw":   {one: func(s string) (string, *broken) { return s, nil }},
}

func escapeNames() []string {
	names := make([]string, 0, len(escapes))
	for name := range escapes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// notText refuses what no text format can hold.
func notText(s string) *broken {
	if !utf8.ValidString(s) {
		return &broken{"is not UTF-8", "store it as text, e.g. in base64 if the agent reads that"}
	}
	return nil
}

func insideJSON(s string) (string, *broken) {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		return "", notText(s)
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

// insideYAML escapes also what YAML 1.1 takes for a line break and what its
// readers refuse as not printable.
func insideYAML(s string) (string, *broken) { return escapeAll(s, yamlRune) }

func yamlRune(r rune) string {
	switch {
	case r == '"' || r == '\\':
		return `\` + string(r)
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02X`, r)
	case r >= 0x80 && (!unicode.IsPrint(r) || r > 0xffff):
		return longRune(r)
	}
	return string(r)
}

// insideTOML escapes for a basic string.
func insideTOML(s string) (string, *broken) { return escapeAll(s, tomlRune) }

func tomlRune(r rune) string {
	switch {
	case r == '"' || r == '\\':
		return `\` + string(r)
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
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

func escapeAll(s string, one func(rune) string) (string, *broken) {
	if err := notText(s); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteString(one(r))
	}
	return b.String(), nil
}

// xmlText escapes for character data and for attributes in either quote.
func xmlText(s string) (string, *broken) {
	if err := notText(s); err != nil {
		return "", err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff }) {
		return "", &broken{"holds a character that XML cannot", "remove it from the value"}
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String(), nil
}

// percent leaves only what no part of a URL gives a meaning.
func percent(s string) (string, *broken) {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), nil
}

func shellWord(s string) (string, *broken) { return shellWords([]string{s}) }

// shellWords quotes for a POSIX shell; the quotes are part of the result.
func shellWords(words []string) (string, *broken) {
	for _, w := range words {
		if strings.ContainsRune(w, 0) {
			return "", &broken{"holds a NUL byte, which no shell can", "remove it from the value"}
		}
	}
	return joinWords(words), nil
}

var shellBare = secrets.LazyRegexp(`^[A-Za-z0-9_./:@%+,-]+$`)

// joinWords quotes words so that a shell, and SplitWords, has them back.
// (shellquote.Join leaves a leading # bare, which begins a comment.)
func joinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if quoted[i] = w; !shellBare().MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// oneLine refuses what would begin another line, or do something to a terminal.
func oneLine(s string) (string, *broken) {
	if err := notText(s); err != nil {
		return "", err
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return "", &broken{"holds a line break", "remove it from the value, or use an escape that can hold one"}
		case unicode.IsControl(r) && r != '\t':
			return "", &broken{"holds a control character", "remove it from the value, or use an escape that can hold one"}
		}
	}
	return s, nil
}

// iniValue refuses what INI readers read differently: there is no escape that
// all of them know, so a value stands as it is or not at all.
func iniValue(s string) (string, *broken) {
	if _, err := oneLine(s); err != nil {
		return "", err
	}
	text := "let the agent read it from a file of its own, or, when its reader takes the value as it stands, use format: text with the escape line"
	switch {
	case strings.TrimSpace(s) != s:
		return "", &broken{"begins or ends with white space, which INI readers drop", "remove it from the value"}
	case strings.ContainsAny(s, "#;"):
		return "", &broken{"holds '#' or ';', a comment to some INI readers", text}
	case s != "" && strings.ContainsRune("\"'`", rune(s[0])):
		return "", &broken{"begins with a quote, which some INI readers drop", text}
	case strings.HasSuffix(s, `\`):
		return "", &broken{"ends with a backslash, which some INI readers take for a continued line", text}
	case strings.Contains(s, "%("):
		return "", &broken{"holds '%(', a reference to some INI readers", text}
	}
	return s, nil
}
