package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	maxFile  = 1 << 20 // bytes of a rule file
	maxDepth = 32      // more than any rule needs, and safe for the stack
)

// reader reads the YAML of one rule file and collects what is wrong with it.
type reader struct {
	file     string
	builtin  bool     // the file is part of the program
	lines    [][]rune // of the source, for places inside expressions
	problems []Problem
}

// fail adds a problem at a node.
func (r *reader) fail(n *yaml.Node, fix, format string, args ...any) {
	r.failAt(r.at(n), fix, format, args...)
}

func (r *reader) failAt(at Pos, fix, format string, args ...any) {
	r.problems = append(r.problems, Problem{Pos: at, What: fmt.Sprintf(format, args...), Fix: fix})
}

func (r *reader) at(n *yaml.Node) Pos { return Pos{r.file, max(n.Line, 1), max(n.Column, 1)} }

// breaks are what YAML counts as the end of a line.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// document gives the root of the only document of a file, or nil.
func (r *reader) document(data []byte) *yaml.Node {
	start := Pos{r.file, 1, 1}
	if len(data) > maxFile {
		r.failAt(start, "split it", "the file is larger than %d bytes", maxFile)
		return nil
	}
	if !utf8.Valid(data) {
		r.failAt(r.firstInvalid(data), "save it as UTF-8", "the file is not UTF-8")
		return nil
	}
	text := strings.TrimPrefix(string(data), "\ufeff") // a byte order mark has no column
	for line := range strings.SplitSeq(breaks.Replace(text), "\n") {
		r.lines = append(r.lines, []rune(line))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case err != nil && !errors.Is(err, io.EOF):
		r.syntax(err)
		return nil
	case err != nil || len(doc.Content) != 1:
		r.failAt(start, "`tswatch rules show ID` prints a rule to start from", "the file is empty")
		return nil
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		r.fail(&more, "keep one rule set a file", "the file has a second document")
	case !errors.Is(err, io.EOF):
		r.syntax(err)
	}
	r.refuseFeatures(doc.Content[0], 0)
	if len(r.problems) > 0 {
		return nil
	}
	return doc.Content[0]
}

// syntax adds an error of the YAML reader, which knows only the line.
func (r *reader) syntax(err error) {
	at, what := Pos{r.file, 1, 1}, err.Error()
	if m := regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`).FindStringSubmatch(what); m != nil {
		what = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil && line > 0 {
			at.Line = line
		}
	}
	r.failAt(at, "check quotes, brackets and the indentation of this line and the one before", "not YAML: %s", what)
}

func (r *reader) firstInvalid(data []byte) Pos {
	at := Pos{r.file, 1, 1}
	for len(data) > 0 {
		c, size := utf8.DecodeRune(data)
		switch {
		case c == utf8.RuneError && size == 1:
			return at
		case c == '\n':
			at.Line, at.Column = at.Line+1, 1
		default:
			at.Column++
		}
		data = data[size:]
	}
	return at
}

// refuseFeatures refuses what rules do not need and a hostile file uses: aliases (they can expand without end), tags, depth.
func (r *reader) refuseFeatures(n *yaml.Node, depth int) {
	switch {
	case depth > maxDepth:
		r.fail(n, "make it flatter", "the file is nested deeper than %d levels", maxDepth)
		return
	case n.Kind == yaml.AliasNode:
		r.fail(n, "write the value out", "alias *%s: aliases are not read", clip(n.Value))
		return
	case n.Anchor != "":
		r.fail(n, "remove it; aliases are not read", "anchor &%s has no use", clip(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		r.fail(n, "remove it; quotes make a string", "tag %s is not read", clip(n.Tag))
	}
	for _, c := range n.Content {
		r.refuseFeatures(c, depth+1)
	}
}

// pairs reads a mapping with any keys, each a string that stands once.
func (r *reader) pairs(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, what, "a mapping (key: value)")
		return
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		line, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			r.fail(key, "a key is a plain string", "key %q in %s", clip(key.Value), what)
		case key.Tag != "!!str":
			r.fail(key, fmt.Sprintf("write %q", key.Value), "key %s in %s is %s, not a string", clip(key.Value), what, nodeType(key))
		case twice:
			r.fail(key, fmt.Sprintf("the first is in line %d; keep one", line), "key %q appears twice in %s", clip(key.Value), what)
		default:
			seen[key.Value] = key.Line
			do(key, value)
		}
	}
}

// fields reads a mapping with known keys, of which some must be there.
func (r *reader) fields(n *yaml.Node, what string, required, optional []string) map[string]*yaml.Node {
	known := slices.Concat(required, optional)
	got := make(map[string]*yaml.Node, len(known))
	r.pairs(n, what, func(key, value *yaml.Node) {
		if !slices.Contains(known, key.Value) {
			r.fail(key, nearest(key.Value, known), "unknown key %q in %s", clip(key.Value), what)
			return
		}
		got[key.Value] = value
	})
	for _, name := range required {
		if n.Kind == yaml.MappingNode && got[name] == nil {
			r.fail(n, fmt.Sprintf("add `%s:`", name), "%s has no %q", what, name)
		}
	}
	return got
}

// each reads a sequence.
func (r *reader) each(n *yaml.Node, what string, do func(n *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		fix := ""
		if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
			fix = fmt.Sprintf("write [%q]", clip(n.Value))
		}
		r.fail(n, fix, "%s must be a list ([a, b], or lines with a dash), not %s", what, nodeType(n))
		return
	}
	for _, item := range n.Content {
		do(item)
	}
}

// text reads a string that is not empty.
func (r *reader) text(n *yaml.Node, what string) string {
	s, ok := r.anyText(n, what)
	if ok && s == "" {
		r.fail(n, "", "%s is empty", what)
	}
	return s
}

func (r *reader) anyText(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!str" || n.Tag == "!!timestamp") {
		return n.Value, true
	}
	r.wrongType(n, what, "a string")
	return "", false
}

func (r *reader) boolean(n *yaml.Node, what string) bool {
	var b bool
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&b) != nil {
		r.fail(n, "write true or false without quotes", "%s must be true or false, not %s", what, nodeType(n))
	}
	return b
}

// integer reads a whole number.
func (r *reader) integer(n *yaml.Node, what string, least, most int64) int64 {
	i, err := strconv.ParseInt(n.Value, 0, 64)
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!int":
		r.fail(n, "write it in digits, without quotes", "%s must be a whole number, not %s", what, nodeType(n))
	case err != nil || i < least || i > most:
		r.fail(n, fmt.Sprintf("%d to %d", least, most), "%s: %s is out of range", what, clip(n.Value))
	}
	return i
}

// duration reads a duration of at most a day.
func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	const most = 24 * time.Hour
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.wrongType(n, what, "a duration such as 60s")
		return 0
	}
	d, err := time.ParseDuration(n.Value)
	switch {
	case err != nil || d < 0:
		r.fail(n, "write a number and its unit: 500ms, 60s, 1h30m", "%s: %q is not a duration", what, clip(n.Value))
	case d > most:
		r.fail(n, "24h at most", "%s: %q is too long", what, clip(n.Value))
	}
	return d
}

func (r *reader) wrongType(n *yaml.Node, what, want string) {
	fix := ""
	if n.Kind == yaml.ScalarNode && want == "a string" && n.Value != "" {
		fix = fmt.Sprintf("put it in quotes: %q", clip(n.Value))
	}
	r.fail(n, fix, "%s must be %s, not %s", what, want, nodeType(n))
}

func nodeType(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "the number " + clip(n.Value)
	case n.Tag == "!!bool":
		return "the boolean " + clip(n.Value)
	}
	return fmt.Sprintf("the string %q", clip(n.Value))
}
