package detect

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/watch/event"
)

// rule is one rule as it is judged by.
type rule struct {
	id, name, set string
	description   string
	severity      int // 1 is high, 3 low
	techniques    []string
	when          expression
	suppress      []expression
	message       *message
	messageText   string
	dedup         time.Duration
	tests         []fixture
	at            Pos
	node          *yaml.Node
	lists         map[string]list // of its set
}

// expression is one expression of a rule: its text, and after compile its programs.
type expression struct {
	text string
	node *yaml.Node
	program
}

// list is a named list of words.
type list struct {
	words []string
	at    Pos
}

// fixture is one test of a rule: an event, and whether the rule is to match it.
type fixture struct {
	match bool
	event *event.Event
	at    Pos
}

// ruleFile is what one file holds.
type ruleFile struct {
	*reader
	set   string
	lists map[string]list
	rules []*rule
}

var (
	idPattern        = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?$`)
	techniquePattern = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
)

// parse reads one file, without what its expressions mean: other files may add lists to its set.
func parse(s *shape, name string, data []byte) *ruleFile {
	f := &ruleFile{reader: &reader{Reader: strictyaml.Reader{File: name}}, lists: make(map[string]list)}
	root := f.document(data)
	if root == nil {
		return f
	}
	keys := f.fields(root, "a rule file", []string{"name"}, "lists", "rules")
	if n := keys["name"]; n != nil {
		f.set = f.setName(n)
	}
	if n := keys["lists"]; n != nil {
		f.Pairs(n, "lists", f.list)
	}
	if n := keys["rules"]; n != nil {
		seen := make(map[string]Pos)
		f.Each(n, "rules", func(n *yaml.Node) { f.rule(s, n, seen) })
	}
	return f
}

// setName reads the name of the set, as it can stand in a list of names.
func (f *ruleFile) setName(n *yaml.Node) string {
	name := f.text(n, "name")
	if strings.Contains(name, ",") || strings.TrimSpace(name) != name {
		f.Fail(n, "use no commas, and no spaces around it: --ruleset takes a list of names", "name %q", strictyaml.Clip(name))
	}
	return name
}

// list reads one list. An empty word is refused: a field that an event does not have is empty text, and would be in it.
func (f *ruleFile) list(key, value *yaml.Node) {
	what := fmt.Sprintf("the list %q", strictyaml.Clip(key.Value))
	l := list{at: f.At(key)}
	f.Each(value, what, func(n *yaml.Node) { l.words = append(l.words, f.text(n, "a word of "+what)) })
	f.lists[key.Value] = l
}

func (f *ruleFile) rule(s *shape, n *yaml.Node, seen map[string]Pos) {
	keys := f.fields(n, "a rule", []string{"id", "severity", "when"},
		"name", "description", "technique", "message", "dedup", "suppress", "tests")
	r := &rule{set: f.set, at: f.At(n), node: n}
	for name, n := range keys {
		switch name {
		case "id":
			r.id = f.id(n, seen)
		case "name":
			r.name = f.text(n, "name")
		case "description":
			r.description = f.text(n, "description")
		case "severity":
			r.severity = int(f.Integer(n, "severity", 1, 3))
		case "technique":
			r.techniques = f.techniques(n)
		case "when":
			r.when = f.expression(n, "when")
		case "message":
			r.messageText = f.text(n, "message")
			r.message = f.template(s, n)
		case "dedup":
			r.dedup = f.duration(n, "dedup")
		case "suppress":
			f.Each(n, "suppress", func(n *yaml.Node) { r.suppress = append(r.suppress, f.expression(n, "suppress")) })
		case "tests":
			f.Each(n, "tests", func(n *yaml.Node) { r.tests = append(r.tests, f.fixture(s, n)) })
		}
	}
	if r.name == "" {
		r.name = r.id
	}
	if r.message == nil {
		r.message = defaultMessage(r.name)
	}
	f.rules = append(f.rules, r)
}

func (f *ruleFile) id(n *yaml.Node, seen map[string]Pos) string {
	id := f.text(n, "id")
	first, twice := seen[id]
	switch {
	case id == "":
	case !idPattern.MatchString(id):
		f.Fail(n, "use letters, digits, '-', '.', '_', e.g. copy-out", "id %q", strictyaml.Clip(id))
	case twice:
		f.Fail(n, fmt.Sprintf("the first is in line %d; keep one", first.Line), "the id %q appears twice", id)
	default:
		seen[id] = f.At(n)
	}
	return id
}

// techniques reads one technique or a list of them.
func (f *ruleFile) techniques(n *yaml.Node) []string {
	var all []string
	one := func(n *yaml.Node) {
		t := f.text(n, "technique")
		if t != "" && !techniquePattern.MatchString(t) {
			f.Fail(n, "write a technique of MITRE ATT&CK: T1048 or T1059.004", "technique %q", strictyaml.Clip(t))
		}
		all = append(all, t)
	}
	if n.Kind == yaml.SequenceNode {
		f.Each(n, "technique", one)
	} else {
		one(n)
	}
	return all
}

func (f *ruleFile) expression(n *yaml.Node, what string) expression {
	return expression{text: f.text(n, what), node: n}
}
