package configgen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tsboot/tsboot/secrets"
)

// ExportFormats are the formats of Export.
var ExportFormats = []string{"dotenv", "json", "yaml", "shell"}

// Exported is what Export prints, and what there is to say about it. The notes
// hold names, never values.
type Exported struct {
	Content   []byte   // secrets included
	Dangerous []string // variables left out because of what they do
	Doubts    []Doubt  // dotenv: values that a reader is known to take for another
}

// Doubt is a variable that some reader of dotenv files does not read as it is.
type Doubt struct {
	Name    string
	Readers []string
}

// Export prints the parameters for another program, sorted by name: as
// NAME=value for dotenv and shell, as one object for json and yaml, whose keys
// are the names as their source has them (below the path), as chamber's export
// prints them. allow are globs of dangerous variables to print all the same.
//
// What a format cannot hold is an *Error of Kind Invalid; nothing is left out
// in silence.
func (r *Resolved) Export(format string, allow []string) (*Exported, error) {
	x := &exporter{allow: allow, out: &Exported{}}
	for _, p := range r.Parameters() {
		if v, declared := r.values[p.Name]; declared {
			p.Value = secrets.NewValue(v.text)
		}
		x.add(p, format)
	}
	if err := asError(Invalid, x.problems); err != nil {
		return nil, err
	}
	if format == "json" || format == "yaml" {
		return x.out, x.encode(format)
	}
	x.out.Content = x.lines.Bytes()
	return x.out, nil
}

// exporter gathers an Exported.
type exporter struct {
	allow    []string
	out      *Exported
	lines    bytes.Buffer
	tree     object
	problems []Problem
}

func (x *exporter) add(p secrets.Parameter, format string) {
	text := p.Value.Reveal()
	switch format {
	case "json", "yaml":
		if refused := notText(text); refused != nil {
			x.refuse(p, format, refused)
		}
		if refused := notText(storedName(p)); refused != nil {
			x.refuse(p, format, &broken{"has a name that is not UTF-8", "rename it"})
		}
		x.tree = append(x.tree, member{storedName(p), text})
		return
	}
	name := secrets.EnvName(p.Name)
	switch {
	case !variableName().MatchString(name):
		x.problems = append(x.problems, Problem{
			Code: "parameter-unexportable", Fix: "rename it, or export it as json or yaml",
			What: fmt.Sprintf("parameter %q cannot be a variable: no shell can name %q", p.FullName, name),
		})
		return
	case dangerous(name) && !matchAny(x.allow, name):
		x.out.Dangerous = append(x.out.Dangerous, name)
		return
	}
	quoted, refused := shellWord(text)
	prefix := "export "
	if format == "dotenv" {
		var doubts []string
		prefix = ""
		if quoted, doubts, refused = dotenvValue(text); len(doubts) > 0 && refused == nil {
			x.out.Doubts = append(x.out.Doubts, Doubt{name, doubts})
		}
	}
	if refused != nil {
		x.refuse(p, format, refused)
	}
	x.lines.WriteString(prefix + name + "=" + quoted + "\n")
}

func (x *exporter) refuse(p secrets.Parameter, format string, why *broken) {
	x.problems = append(x.problems, Problem{
		Code: "value-not-encodable", Fix: why.fix,
		What: fmt.Sprintf("parameter %q %s: it cannot be exported as %s", p.FullName, why.what, format),
	})
}

func (x *exporter) encode(format string) error {
	slices.SortFunc(x.tree, func(a, b member) int { return strings.Compare(a.key, b.key) })
	var err error
	if format == "yaml" {
		x.out.Content, err = encodeYAML(x.tree)
		return err
	}
	var b bytes.Buffer // on one line, as chamber has it
	if err = writeJSON(jsontext.NewEncoder(&b), x.tree); err == nil {
		x.out.Content = b.Bytes()
	}
	return err
}

// storedName is a parameter's name as its source has it: what follows the path
// or the directory. Only a reference (and what the command line sets) has
// another name than its source's.
func storedName(p secrets.Parameter) string {
	for _, scheme := range []string{"ssm:", "dir:"} {
		if dir, ok := strings.CutPrefix(p.Origin, scheme); ok {
			if below, ok := strings.CutPrefix(p.FullName, strings.TrimSuffix(dir, "/")+"/"); ok {
				return below
			}
		}
	}
	return p.Name
}
