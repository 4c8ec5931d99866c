package configgen

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
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
// prints them. as is one of ExportFormats; allow are globs of dangerous
// variables to print all the same.
//
// A value that the format cannot hold is an *Error of Kind Invalid.
func (r *Resolved) Export(as string, allow []string) (*Exported, error) {
	x := &exporter{format: format.Of(as), allow: allow, out: &Exported{}}
	if !slices.Contains(format.ForExport(), as) {
		return nil, fmt.Errorf("export as %q: there is no such format", as)
	}
	for _, p := range r.Parameters() {
		if v, declared := r.values[p.Name]; declared {
			p.Value = secrets.NewValue(v.Text)
		}
		if x.format.Document != nil {
			x.member(p)
		} else {
			x.variable(p)
		}
	}
	if err := profile.AsError(Invalid, x.problems); err != nil {
		return nil, err
	}
	if x.format.Document == nil {
		x.out.Content = x.lines.Bytes()
		return x.out, nil
	}
	sort.Slice(x.tree, func(i, j int) bool { return x.tree[i].Key < x.tree[j].Key })
	var err error
	x.out.Content, err = x.format.Document(x.tree)
	return x.out, err
}

// ExportFormats are the formats that Export takes.
func ExportFormats() []string { return format.ForExport() }

// exporter gathers an Exported.
type exporter struct {
	format   *format.Format
	allow    []string
	out      *Exported
	lines    bytes.Buffer
	tree     format.Object
	problems []Problem
}

// member adds a parameter to the object.
func (x *exporter) member(p secrets.Parameter) {
	text := p.Value.Reveal()
	if refused := x.format.Leaf(text); refused != nil {
		x.refuse(p, refused)
	}
	if refused := format.NotText(storedName(p)); refused != nil {
		x.refuse(p, &format.Refusal{What: "has a name that is not UTF-8", Fix: "rename it"})
	}
	x.tree = append(x.tree, format.Member{Key: storedName(p), Value: text})
}

// variable adds the line of a parameter.
func (x *exporter) variable(p secrets.Parameter) {
	name := secrets.EnvName(p.Name)
	switch {
	case !format.VariableName().MatchString(name):
		x.problems = append(x.problems, Problem{
			Code: "parameter-unexportable", Fix: "rename it, or export it as json or yaml",
			What: fmt.Sprintf("parameter %q cannot be a variable: no shell can name %q", p.FullName, name),
		})
		return
	case dangerous(name) && !profile.MatchAny(x.allow, name):
		x.out.Dangerous = append(x.out.Dangerous, name)
		return
	}
	line, doubts, refused := x.format.Variable(name, p.Value.Reveal())
	if refused != nil {
		x.refuse(p, refused)
		return
	}
	if len(doubts) > 0 {
		x.out.Doubts = append(x.out.Doubts, Doubt{name, doubts})
	}
	x.lines.WriteString(line + "\n")
}

func (x *exporter) refuse(p secrets.Parameter, why *format.Refusal) {
	x.problems = append(x.problems, Problem{
		Code: "value-not-encodable", Fix: why.Fix,
		What: fmt.Sprintf("parameter %q %s: it cannot be exported as %s", p.FullName, why.What, x.format.Name),
	})
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
