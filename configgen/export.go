package configgen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tsboot/tsboot/secrets"
)

// Exported is what Export prints, with notes. The notes have names, never values.
type Exported struct {
	Content   []byte   // secrets included
	Dangerous []string // variables left out, because they change how programs load
	Doubts    []Doubt  // dotenv: values that some reader reads as another value
}

// Doubt is a variable that some readers of dotenv files read as another value.
type Doubt struct {
	Name    string
	Readers []string
}

// Export prints the parameters for another program, sorted by name: as
// NAME=value for dotenv and shell, as one object for json and yaml, whose keys
// are the names as their source has them (below the path), as chamber's export
// prints them. format is one of ExportFormats; allow are globs of dangerous
// variables to print all the same.
//
// A value that the format cannot hold is an *Error of Kind Invalid.
func (r *Resolved) Export(format string, allow []string) (*Exported, error) {
	x := &exporter{format: formatOf(format), allow: allow, out: &Exported{}}
	if !slices.Contains(ExportFormats(), format) {
		return nil, fmt.Errorf("export as %q: there is no such format", format)
	}
	for _, p := range r.Parameters() {
		if v, declared := r.values[p.Name]; declared {
			p.Value = secrets.NewValue(v.text)
		}
		if x.format.document != nil {
			x.member(p)
		} else {
			x.variable(p)
		}
	}
	if err := asError(Invalid, x.problems); err != nil {
		return nil, err
	}
	if x.format.document == nil {
		x.out.Content = x.lines.Bytes()
		return x.out, nil
	}
	slices.SortFunc(x.tree, func(a, b member) int { return strings.Compare(a.key, b.key) })
	var err error
	x.out.Content, err = x.format.document(x.tree)
	return x.out, err
}

// exporter gathers an Exported.
type exporter struct {
	format   *format
	allow    []string
	out      *Exported
	lines    bytes.Buffer
	tree     object
	problems []Problem
}

// member adds a parameter to the object.
func (x *exporter) member(p secrets.Parameter) {
	text := p.Value.Reveal()
	if refused := x.format.leaf(text); refused != nil {
		x.refuse(p, refused)
	}
	if refused := notText(storedName(p)); refused != nil {
		x.refuse(p, &refusal{"has a name that is not UTF-8", "rename it"})
	}
	x.tree = append(x.tree, member{storedName(p), text})
}

// variable adds the line of a parameter.
func (x *exporter) variable(p secrets.Parameter) {
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
	line, doubts, refused := x.format.variable(name, p.Value.Reveal())
	if refused != nil {
		x.refuse(p, refused)
		return
	}
	if len(doubts) > 0 {
		x.out.Doubts = append(x.out.Doubts, Doubt{name, doubts})
	}
	x.lines.WriteString(line + "\n")
}

func (x *exporter) refuse(p secrets.Parameter, why *refusal) {
	x.problems = append(x.problems, Problem{
		Code: "value-not-encodable", Fix: why.fix,
		What: fmt.Sprintf("parameter %q %s: it cannot be exported as %s", p.FullName, why.what, x.format.name),
	})
}

// exportJSON writes one line, as chamber does.
func exportJSON(all object) ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(jsontext.NewEncoder(&b), all)
	return b.Bytes(), err
}

// shellLine is for a POSIX shell to evaluate.
func shellLine(name, text string) (line string, doubts []string, refused *refusal) {
	quoted, refused := shellWord(text)
	return "export " + name + "=" + quoted, nil, refused
}

// storedName is the name of a parameter in its source: what follows the path or
// the directory. A reference, like a --set, has the name that was given with it.
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
