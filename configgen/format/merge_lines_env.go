package format

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// parseEnv finds the variables of a file that systemd, a shell or Docker reads.
func parseEnv(base []byte) (*lineFile, error) {
	f, err := splitLines(base)
	if err != nil {
		return nil, err
	}
	f.sep, f.write = "=", envText
	var entries []*entry
	for i, lines := 0, 1; i < len(f.entries); i += lines {
		e := f.entries[i]
		lines = 1
		text := e.inside()
		switch {
		case text == "" || envWords().MatchString(text):
		case e.isComment():
			e.kind = commentEntry
		case !envStart().MatchString(text) || !e.readVariable():
			return nil, fmt.Errorf("line %d is not NAME=value or a comment", i+1)
		default:
			if lines = f.envValue(i); lines == 0 {
				return nil, fmt.Errorf("line %d: the quote is not closed", i+1)
			}
			f.join(i, lines)
			e.readVariable()
		}
		entries = append(entries, e)
	}
	f.entries = entries
	return f, nil
}

var (
	envStart = secrets.LazyRegexp(`^(export[ \t]+)?[^\s=#'"$(){};&|<>]+[ \t]*=`)
	envWords = secrets.LazyRegexp(`^(export([ \t]+[A-Za-z0-9_]+)+|[A-Za-z_][A-Za-z0-9_]*)$`) // variables that keep the value they have
)

// readVariable takes NAME=value apart, also after export.
func (e *entry) readVariable() bool {
	if !e.readKey(strings.IndexByte(e.text, '=')) {
		return false
	}
	if rest, exported := strings.CutPrefix(e.key, "export"); exported {
		if name := strings.TrimLeft(rest, blanks); name != rest {
			e.before, e.key = e.before+strings.TrimSuffix(e.key, name), name
		}
	}
	return true
}

// envValue is how many lines a variable and its value have: a value goes on to its
// closing quote, and after a backslash in a line that is not a variable itself; 0:
// its quote is not closed.
func (f *lineFile) envValue(at int) int {
	key := f.entries[at]
	_, value, _ := strings.Cut(key.text, "=")
	value = strings.TrimLeft(value, blanks)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		for i := at + 1; quoted(value) == 0; i++ {
			if i == len(f.entries) {
				return 0
			}
			value += "\n" + f.entries[i].text
		}
		return 1 + strings.Count(value, "\n")
	}
	lines := 1
	for _, e := range f.entries[at+1:] {
		text := e.inside()
		if !strings.HasSuffix(f.entries[at+lines-1].text, `\`) || text == "" || e.isComment() || envStart().MatchString(text) {
			break
		}
		lines++
	}
	return lines
}

// envText writes the value of a variable.
func envText(v any) (string, error) {
	text, err := leafText(v)
	if err != nil {
		return "", err
	}
	written, refused := envValue(text)
	if refused != nil {
		return "", errors.New(refused.What)
	}
	return written, nil
}
