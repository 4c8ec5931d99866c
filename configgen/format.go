package configgen

import (
	"regexp"

	"github.com/tsboot/tsboot/secrets"
)

// A format is one syntax that tsboot writes. This table is all that the package
// knows of it: the reader of profiles, Render, Export and Masks go by it, so a
// new format is one entry and its encoder.
type format struct {
	name string

	// Files of a profile have the formats with text or content.
	text    bool                      // a file is text with references, each with its escape
	content *shape                    // what the content of a file can hold
	encode  func(any) ([]byte, error) // writes a value tree; nil where there is no content
	leaf    func(string) *refusal     // refuses a string that a reader of the format would not give back as it was

	// Export has the formats with one of these.
	document func(object) ([]byte, error) // writes all parameters as one object
	// writes one parameter as a variable, on a line of its own; doubts are the
	// readers that are known to take the line for another value
	variable func(name, text string) (line string, doubts []string, refused *refusal)

	forms []func(string) string // how other programs write a string in this format, for Masks
}

// A shape says what a format can hold.
type shape struct {
	depth  int  // levels of keys; 0: any
	arrays bool // lists, and references to lists
	null   bool
	key    func() *regexp.Regexp // nil: any key
	keyIs  string                // what key accepts, for a message
	root   bool                  // the root is a mapping
}

// formats are in the order in which messages list them.
var formats = []format{
	{name: "dotenv", variable: dotenvLine},
	{
		name:    "json",
		content: &shape{arrays: true, null: true}, encode: encodeJSON, leaf: notText,
		document: exportJSON,
		forms:    []func(string) string{marshalled},
	},
	{
		name:    "yaml",
		content: &shape{arrays: true, null: true}, encode: encodeYAML, leaf: notText,
		document: func(all object) ([]byte, error) { return encodeYAML(all) },
		forms:    []func(string) string{insideSingleQuotes},
	},
	{
		name:    "toml",
		content: &shape{arrays: true, root: true}, encode: encodeTOML, leaf: notText,
	},
	{
		name: "ini",
		content: &shape{
			depth: 2, root: true,
			key:   secrets.LazyRegexp(`^[A-Za-z0-9_./-]([A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?$`),
			keyIs: "letters, digits, '_', '.', '/', '-' and blanks",
		},
		encode: encodeINI, leaf: refusalOf(iniValue),
	},
	{
		name:    "env",
		content: &shape{depth: 1, root: true, key: variableName, keyIs: "letters, digits and '_'"},
		encode:  encodeEnv, leaf: refusalOf(envValue),
		forms: []func(string) string{doubleQuoted},
	},
	{name: "text", text: true},
	{name: "shell", variable: shellLine},
}

// refusalOf makes the check of a leaf out of an encoder of one.
func refusalOf(encode func(string) (string, *refusal)) func(string) *refusal {
	return func(s string) *refusal { _, refused := encode(s); return refused }
}

// formatOf finds a format by its name; nil when there is none.
func formatOf(name string) *format {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	return nil
}

// fileFormats are the formats that a file of a profile can have.
func fileFormats() []string {
	return formatNames(func(f *format) bool { return f.text || f.content != nil })
}

// ExportFormats are the formats that Export takes.
func ExportFormats() []string {
	return formatNames(func(f *format) bool { return f.document != nil || f.variable != nil })
}

func formatNames(has func(*format) bool) (names []string) {
	for i := range formats {
		if has(&formats[i]) {
			names = append(names, formats[i].name)
		}
	}
	return names
}
