package format

import (
	"regexp"

	"github.com/tsboot/tsboot/secrets"
)

// A Format is one syntax that tsboot writes. This table is all that the package
// knows of it: the reader of profiles, configgen and its masks go by it, so a
// new format is one entry and its encoder.
type Format struct {
	Name string

	// Files of a profile have the formats with text or content.
	Text    bool                                           // a file is text with references, each with its escape
	Content *Shape                                         // what the content of a file can hold
	Encode  func(any) ([]byte, error)                      // writes a value tree; nil where there is no content
	Merge   func(base []byte, over Object) ([]byte, error) // writes a value tree over the text of a base; the error is about the base
	Leaf    func(string) *Refusal                          // refuses a string that a reader of the format would not give back as it was

	// Export has the formats with one of these.
	Document func(Object) ([]byte, error) // writes all parameters as one object
	// writes one parameter as a variable, on a line of its own; doubts are the
	// readers that are known to take the line for another value
	Variable func(name, text string) (line string, doubts []string, refused *Refusal)

	forms []func(string) string // how other programs write a string in this format, for Writers
}

// A Shape says what a format can hold.
type Shape struct {
	Depth  int  // levels of keys; 0: any
	Arrays bool // lists, and references to lists
	Plain  bool // an item of a list is a plain value
	Null   bool
	Remove bool                  // null in a mapping removes its key from the base
	Key    func() *regexp.Regexp // nil: any key
	KeyIs  string                // what key accepts, for a message
	Root   bool                  // the root is a mapping
}

// Formats are in the order in which messages list them.
var Formats = []Format{
	{Name: "dotenv", Variable: dotenvLine},
	{
		Name:    "json",
		Content: &Shape{Arrays: true, Null: true}, Encode: encodeJSON, Merge: mergeJSON, Leaf: NotText,
		Document: exportJSON,
		forms:    []func(string) string{marshalled},
	},
	{
		Name:    "yaml",
		Content: &Shape{Arrays: true, Null: true}, Encode: encodeYAML, Merge: mergeYAML, Leaf: NotText,
		Document: func(all Object) ([]byte, error) { return encodeYAML(all) },
		forms:    []func(string) string{insideSingleQuotes},
	},
	{
		Name:    "toml",
		Content: &Shape{Arrays: true, Root: true}, Encode: encodeTOML, Merge: mergeTOML, Leaf: NotText,
	},
	{
		Name: "ini",
		Content: &Shape{
			Depth: 2, Root: true,
			Key:   secrets.LazyRegexp(`^[A-Za-z0-9_./-]([A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?$`),
			KeyIs: "letters, digits, '_', '.', '/', '-' and blanks",
		},
		Encode: encodeINI, Merge: mergeINI, Leaf: refusalOf(iniValue),
	},
	{
		Name:    "env",
		Content: &Shape{Depth: 1, Root: true, Key: VariableName, KeyIs: "letters, digits and '_'"},
		Encode:  encodeEnv, Merge: mergeEnv, Leaf: refusalOf(envValue),
		forms: []func(string) string{doubleQuoted},
	},
	{Name: "text", Text: true},
	{Name: "shell", Variable: shellLine},
}

// WithLines is the format with lists of plain values, which are a line for each item.
func (f *Format) WithLines() *Format {
	return f.shaped(func(s *Shape) { s.Arrays, s.Plain = true, true })
}

// OverBase is the format of a content that is laid over a base.
func (f *Format) OverBase() *Format {
	return f.shaped(func(s *Shape) { s.Remove, s.Root = true, true })
}

// InList is the format of the items of a list.
func (f *Format) InList() *Format {
	if !f.Content.Remove && !f.Content.Plain {
		return f
	}
	return f.shaped(func(s *Shape) { s.Remove, s.Arrays = false, s.Arrays && !s.Plain })
}

func (f *Format) shaped(change func(*Shape)) *Format {
	with, shape := *f, *f.Content
	change(&shape)
	with.Content = &shape
	return &with
}

// refusalOf makes the check of a leaf out of an encoder of one.
func refusalOf(encode func(string) (string, *Refusal)) func(string) *Refusal {
	return func(s string) *Refusal { _, refused := encode(s); return refused }
}

// Of finds a format by its name; nil when there is none.
func Of(name string) *Format {
	for i := range Formats {
		if Formats[i].Name == name {
			return &Formats[i]
		}
	}
	return nil
}

// ForFiles are the formats that a file of a profile can have.
func ForFiles() []string {
	return formatNames(func(f *Format) bool { return f.Text || f.Content != nil })
}

// ForExport are the formats that Export takes.
func ForExport() []string {
	return formatNames(func(f *Format) bool { return f.Document != nil || f.Variable != nil })
}

func formatNames(has func(*Format) bool) (names []string) {
	for i := range Formats {
		if has(&Formats[i]) {
			names = append(names, Formats[i].Name)
		}
	}
	return names
}

var VariableName = secrets.LazyRegexp(`^[A-Za-z_][A-Za-z0-9_]*$`)
