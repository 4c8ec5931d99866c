package configgen

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// Rendered is a file as a boot would write it.
type Rendered struct {
	Path    string
	Mode    fs.FileMode
	Syntax  string // json, yaml, toml, ini, env, text
	Content []byte
	Masked  []byte         // Content with [redacted] in the place of secrets, in the same format
	Owner   *fileset.Owner // that the profile names; nil: that of all files
	Exposed []string       // names of secrets in it that its mode lets others read, without world-readable-secrets

	trusted []int // owners of all files
}

// file is what is written of it.
func (f Rendered) file() fileset.File {
	return fileset.File{
		Path: f.Path, Mode: f.Mode, Content: f.Content, Secret: !bytes.Equal(f.Content, f.Masked), Owner: f.Owner, Trusted: f.trusted,
	}
}

// Render makes the content of every file. The same values give the same bytes. The
// error is an *Error of Kind Invalid.
func (r *Resolved) Render() ([]Rendered, error) {
	reports, err := (&Examination{Resolved: r}).Render()
	if err != nil {
		return nil, err
	}
	var all []Rendered
	for _, report := range reports {
		all = append(all, report.Rendered)
	}
	return all, nil
}

// Apply writes the files of Render, all of them or none, and removes those whose
// condition does not hold any more. Owner is who they belong
// to; nil means tsboot's user. Steps of setup with `creates` are due until
// fileset.ClearPending is called. keep is fileset.Options.Keep. The error is a
// *fileset.WriteError.
func (r *Resolved) Apply(files []Rendered, owner *fileset.Owner, keep bool) (fileset.Applied, error) {
	list := make([]fileset.File, len(files))
	for i, f := range files {
		list[i] = f.file()
	}
	return fileset.Apply(list, owner, fileset.Options{Skips: r.Profile.HasCreates(), Keep: keep, Gone: r.gone(list)})
}

// gone are the files whose condition does not hold.
func (r *Resolved) gone(there []fileset.File) []fileset.File {
	var gone []fileset.File
	for i := range r.Profile.Files {
		file := &r.Profile.Files[i]
		if r.stands(file.When) {
			continue
		}
		name, problems := r.expandPath(file.Path, "file path")
		if len(problems) == 0 && !slices.ContainsFunc(there, func(f fileset.File) bool { return f.Path == name }) {
			gone = append(gone, fileset.File{Path: name, Owner: r.ownerOf(file), Trusted: r.trusted()})
		}
	}
	return gone
}

func fileTwice(name string) Problem {
	return Problem{
		Code: "file-ambiguous", What: fmt.Sprintf("file %q appears twice", name), Fix: "let the parameters name different paths",
	}
}

// evaluation fills in one file.
type evaluation struct {
	resolved *Resolved
	file     *profile.File
	name     string // the file's path
	mask     bool
	problems []Problem
}

func (e *evaluation) fail(code, fix, format string, args ...any) {
	e.problems = append(e.problems, Problem{Code: code, What: fmt.Sprintf(format, args...), Fix: fix})
}

// path expands and checks the path of a file.
func (e *evaluation) path(t *profile.Template) string {
	name, problems := e.resolved.expandPath(t, "file path")
	e.problems = append(e.problems, problems...)
	return name
}

func (e *evaluation) content() []byte {
	in := format.Of(e.file.Format)
	if in.Text {
		return []byte(e.pieces())
	}
	in = e.file.Syntax()
	root, _ := e.value(e.file.Content, in)
	if len(e.problems) > 0 {
		return nil
	}
	data, err := e.encode(in, root)
	if err != nil {
		// Every leaf was checked: what is left are keys and nesting, which are the author's.
		e.problems = append(e.problems, Problem{
			Code: "file-not-encodable", Pos: e.file.Pos, Fix: "change the file's content in the profile",
			What: fmt.Sprintf("file %s cannot be written as %s: %v", e.name, e.file.Format, err),
		})
	}
	return data
}

// encode writes a value tree, over the base if there is one.
func (e *evaluation) encode(in *format.Format, root any) ([]byte, error) {
	if e.file.Base.Text == "" {
		return in.Encode(root)
	}
	if b := e.resolved.bases[e.file]; b.there {
		return in.Merge(b.data, root.(format.Object))
	}
	return in.Encode(format.Pruned(root))
}

// value makes a value tree of a content tree. A string that is exactly one
// reference to a parameter without a value is left out.
func (e *evaluation) value(t *profile.Tree, in *format.Format) (v any, present bool) {
	switch {
	case t.When != "" && e.resolved.empty(t.When):
		return nil, false
	case t.Object:
		fields := make(format.Object, 0, len(t.Items))
		for i, item := range t.Items {
			if v, ok := e.value(item, in); ok {
				fields = append(fields, format.Member{Key: t.Keys[i], Value: v})
			}
		}
		return fields, len(fields) > 0 || !e.omits(t)
	case t.Array:
		list := make([]any, 0, len(t.Items))
		for _, item := range t.Items {
			if v, ok := e.value(item, in); ok {
				list = append(list, v)
			}
		}
		return list, len(list) > 0 || !e.omits(t)
	case t.Text == nil:
		return t.Scalar, true
	}
	if ref, ok := t.Text.Whole(); ok {
		return e.reference(ref.Name, in)
	}
	s := e.resolved.text(t.Text, e.written())
	if refused := in.Leaf(s); refused != nil {
		e.refuse(t.Text.Names(), refused)
	}
	return s, true
}

// omits says whether a mapping or list that has nothing left is left out.
func (e *evaluation) omits(t *profile.Tree) bool { return e.file.OmitEmpty && len(t.Items) > 0 }

func (e *evaluation) refuse(names []string, why *format.Refusal) {
	e.fail("value-not-encodable", why.Fix, "%s %s: it cannot be written into %s (%s)", called(names), why.What, e.name, e.file.Format)
}

// pieces fills in a text file.
func (e *evaluation) pieces() string {
	var b strings.Builder
	for _, piece := range e.file.Text {
		switch {
		case piece.When != "" && e.resolved.empty(piece.When):
		case piece.ForEach == "":
			e.text(&b, piece.Text, value{}, "")
		default:
			list := e.resolved.value(piece.ForEach)
			for _, item := range list.List {
				it := value{Typed: profile.Typed{Text: item}, set: true, secret: list.secret}
				e.text(&b, piece.Text, it, piece.ForEach)
			}
		}
	}
	return b.String()
}

// text fills in one piece. Each value goes through the escapes of its reference. item
// is what ${item} stands for, of the list that from names.
func (e *evaluation) text(b *strings.Builder, t *profile.Template, item value, from string) {
	mask := e.masker()
	for _, p := range t.Parts {
		if p.Name == "" {
			b.WriteString(p.Literal)
			continue
		}
		v, name, chain := item, from, format.ChainOf(p.Escapes)
		if p.Name != profile.ItemName {
			v, name = e.resolved.value(p.Name), p.Name
		}
		if e.file.Dollar {
			chain = append(chain, format.EscapeOf("dollar"))
		}
		var s string
		var refused *format.Refusal
		if v.List != nil && chain.TakesLists() {
			words := make([]string, len(v.List))
			for i, w := range v.List {
				words[i] = mask(v, w)
			}
			s, refused = chain.List(words)
		} else {
			s, refused = chain.One(mask(v, v.Text))
		}
		if refused != nil {
			e.refuse([]string{name}, refused)
		}
		b.WriteString(s)
	}
}

// masker gives the function that hides secrets, when the file is to be masked.
func (e *evaluation) masker() func(value, string) string {
	if !e.mask {
		return func(_ value, s string) string { return s }
	}
	return e.resolved.masked
}

// written gives the function that makes what a tree has of a value.
func (e *evaluation) written() func(value, string) string {
	mask := e.masker()
	if !e.file.Dollar {
		return mask
	}
	return func(v value, s string) string { return format.DoubleDollars(mask(v, s)) }
}

// masked hides a secret, and secrets inside of other values.
func (r *Resolved) masked(v value, s string) string {
	if v.secret && v.set {
		return secrets.Redacted
	}
	return hide(s, r.Secrets())
}

// text fills in a template whose references are all strings. A parameter without a
// value is the empty string.
func (r *Resolved) text(t *profile.Template, through func(value, string) string) string {
	var b strings.Builder
	for _, p := range t.Parts {
		s := p.Literal
		if p.Name != "" {
			v := r.value(p.Name)
			if s = v.Text; through != nil {
				s = through(v, s)
			}
		}
		b.WriteString(s)
	}
	return b.String()
}
