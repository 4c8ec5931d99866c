package detect

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// summary is a rule as `rules list` and `rules show` give it in JSON.
type summary struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Ruleset     string   `json:"ruleset"`
	Description string   `json:"description,omitempty"`
	Severity    int      `json:"severity"`
	Technique   []string `json:"technique"`
	When        string   `json:"when"`
	Suppress    []string `json:"suppress,omitempty"`
	Message     string   `json:"message,omitempty"`
	Dedup       string   `json:"dedup,omitempty"`
	Tests       int      `json:"tests"`
	File        string   `json:"file"`
	Line        int      `json:"line"`
}

func (r *rule) summary() summary {
	s := summary{
		ID: r.id, Name: r.name, Ruleset: r.set, Description: r.description, Severity: r.severity,
		Technique: append([]string{}, r.techniques...), When: r.when.text, Message: r.messageText,
		Tests: len(r.tests), File: r.at.File, Line: r.at.Line,
	}
	for _, e := range r.suppress {
		s.Suppress = append(s.Suppress, e.text)
	}
	if r.dedup > 0 {
		s.Dedup = r.dedup.String()
	}
	return s
}

// IDs are those of the rules in force.
func (r *Rules) IDs() []string {
	ids := make([]string, len(r.rules))
	for i, rule := range r.rules {
		ids[i] = rule.id
	}
	return ids
}

// List writes the rules in force: a table for people, or a list in JSON.
func (r *Rules) List(w io.Writer, inJSON bool) error {
	if inJSON {
		all := make([]summary, len(r.rules))
		for i, rule := range r.rules {
			all[i] = rule.summary()
		}
		return writeJSON(w, all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SEVERITY\tID\tTECHNIQUE\tRULE SET\tNAME")
	for _, rule := range r.rules {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", rule.severity, rule.id, strings.Join(rule.techniques, " "), readable(rule.set), readable(rule.name))
	}
	return table.Flush()
}

// Show writes one rule: as a rule file that could be loaded in its place, or in JSON. The error of an unknown id is an *Error.
func (r *Rules) Show(w io.Writer, id string, inJSON bool) error {
	var ids []string
	for _, rule := range r.rules {
		if rule.id != id {
			ids = append(ids, rule.id)
			continue
		}
		if inJSON {
			return writeJSON(w, rule.summary())
		}
		return rule.write(w)
	}
	fix := strictyaml.Nearest(id, ids)
	if len(ids) > 5 && !strings.HasPrefix(fix, "did you mean") {
		fix = "`tswatch rules list` lists them"
	}
	return &Error{[]Problem{{What: fmt.Sprintf("no rule in force has the id %q", strictyaml.Clip(id)), Fix: fix}}}
}

// write writes the rule as a file, with the lists that it uses.
func (r *rule) write(w io.Writer) error {
	used := make(map[string][]string)
	for _, e := range append([]expression{r.when}, r.suppress...) {
		for _, name := range e.lists {
			used[name] = r.lists[name].words
		}
	}
	file := &yaml.Node{Kind: yaml.MappingNode}
	add := func(name string, value *yaml.Node) {
		file.Content = append(file.Content, word(name), value)
	}
	add("name", word(r.set))
	if len(used) > 0 {
		lists := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range slices.Sorted(maps.Keys(used)) {
			words := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, w := range used[name] {
				words.Content = append(words.Content, word(w))
			}
			lists.Content = append(lists.Content, word(name), words)
		}
		add("lists", lists)
	}
	add("rules", &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{r.node}})
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(file); err != nil {
		return err
	}
	return out.Close()
}

// word is a string, in quotes where YAML would read something else.
func word(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

func writeJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
