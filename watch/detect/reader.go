package detect

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// reader reads the YAML of one rule file and collects what is wrong with it.
type reader struct {
	strictyaml.Reader
	builtin bool     // the file is part of the program
	lines   [][]rune // of the source, for places inside expressions
}

// breaks are what YAML counts as the end of a line.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// document gives the root of the only document of a file, or nil.
func (r *reader) document(data []byte) *yaml.Node {
	root := r.Document(data, strictyaml.Words{
		File: "the file", Empty: "`tswatch rules show ID` prints a rule to start from", Large: "split it", Second: "keep one rule set a file",
	})
	text := strings.TrimPrefix(string(data), "\ufeff") // a byte order mark has no column
	for line := range strings.SplitSeq(breaks.Replace(text), "\n") {
		r.lines = append(r.lines, []rune(line))
	}
	return root
}

// fields reads a mapping with known keys, of which some must be there.
func (r *reader) fields(n *yaml.Node, what string, required []string, optional ...string) map[string]*yaml.Node {
	got := r.Fields(n, what, append(required[:len(required):len(required)], optional...)...)
	for _, name := range required {
		if n.Kind == yaml.MappingNode && got[name] == nil {
			r.Fail(n, fmt.Sprintf("add `%s:`", name), "%s has no %q", what, name)
		}
	}
	return got
}

// text reads a string that is not empty.
func (r *reader) text(n *yaml.Node, what string) string {
	s, ok := r.Text(n, what)
	if ok && s == "" {
		r.Fail(n, "", "%s is empty", what)
	}
	return s
}

// duration reads a duration of at most a day.
func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	d, _ := r.Duration(n, what)
	if d > 24*time.Hour {
		r.Fail(n, "24h at most", "%s: %q is too long", what, strictyaml.Clip(n.Value))
	}
	return d
}
