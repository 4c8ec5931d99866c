package secrets

import "slices"

// Codes of the catalogue. They are part of the interface: scripts match them.
// Those of AWS are in package ssm.
const (
	CodeBadSecretsDir  = "bad-secrets-dir"
	CodeAmbiguousName  = "ambiguous-name"
	CodeBadJSON        = "bad-json"
	CodeMissingJSONKey = "missing-json-key"
	CodeUnreadableFile = "unreadable-file"
	CodeSecretTooLarge = "secret-too-large"
)

// An Entry of a catalogue explains one code.
type Entry struct {
	Code  string
	Kind  Kind
	Seen  string // what is observed
	Cause string // what is likely behind it
	Do    string // what to do, as the error's message says it
}

// Entries are a catalogue: one for each code, in the order of the documentation.
type Entries []Entry

// Of is the entry of a code. A code without one is Unavailable.
func (list Entries) Of(code string) Entry {
	for _, e := range list {
		if e.Code == code {
			return e
		}
	}
	return Entry{Code: code, Kind: Unavailable}
}

// New is an error of a code, with the kind and the fix of its entry.
func (list Entries) New(code, op, resource, detail string) *Error {
	entry := list.Of(code)
	return &Error{Kind: entry.Kind, Code: code, Op: op, Resource: resource, Detail: detail, Fix: entry.Do}
}

// Catalogue is every code that this package gives an Error, in the order of the
// documentation.
func Catalogue() Entries { return slices.Clone(catalogue) }

// newError fills in kind and fix from the catalogue.
func newError(code, op, resource, detail string) *Error {
	return catalogue.New(code, op, resource, detail)
}

var catalogue = Entries{
	{CodeBadSecretsDir, Usage, "a directory of secrets that cannot be listed",
		"the volume or secret is not mounted there, or another user owns it",
		"mount the secrets there, or correct --secrets-dir"},
	{CodeAmbiguousName, Invalid, "two parameters of one source have the same name",
		"names are compared in lower case with _ . / as -",
		"rename or delete one of them"},
	{CodeBadJSON, Invalid, "#key of a value that is not a JSON object",
		"a plain value, or JSON that was cut or quoted twice",
		"store a JSON object, or drop #key"},
	{CodeMissingJSONKey, Invalid, "the JSON object does not have that key, or has null",
		"a misspelt key (case counts)",
		"check the key after #"},
	{CodeUnreadableFile, Invalid, "a file of a directory of secrets cannot be read",
		"another user owns it",
		"check its owner and mode"},
	{CodeSecretTooLarge, Invalid, "a file of a directory of secrets, or all of them together, is larger than a secret can be",
		"the directory is not one of secrets, or something else was mounted there",
		"store at most 1 MiB in a file and 64 MiB in a directory, or correct --secrets-dir"},
}
