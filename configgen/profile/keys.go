package profile

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// A key is one key of a mapping: how it is read, and all that the schema and
// docs/profiles.md say of it. The mappings of the language are tables of keys
// (profileKeys, fileKeys, stepKeys and so on): the reader, the schema and the
// documentation go by them, so a new key is one entry.
type key struct {
	name     string
	is       shape
	required bool
	missing  string // the fix where it is required and not there; empty: "add it"
	only     *only  // nil: the key may always stand
	usual    string // what counts without it, for the documentation; empty: nothing
	about    string // what it does, in Markdown
	last     bool   // it is read after the others, because it depends on them
	read     func(n *yaml.Node, what string)
}

// only says beside which words of another key a key may stand.
type only struct {
	key     string
	words   []string
	surplus string // what is wrong where it stands elsewhere
}

// A place is a mapping in messages.
type place struct {
	in     string // "unknown key ... in a file"
	has    string // "the file has no path"
	prefix string // before the name of a key: "run.", "setup step 1: "
}

// read reads a mapping by its keys. It is false for what is not a mapping.
func (p *parser) read(n *yaml.Node, at place, keys []key) bool {
	f := p.Fields(n, at.in, keyNames(keys)...)
	if f == nil {
		return false
	}
	for _, last := range []bool{false, true} {
		for i := range keys {
			if keys[i].last == last && p.stands(&keys[i], keys, f) {
				p.readKey(n, f[keys[i].name], at, &keys[i])
			}
		}
	}
	return true
}

func (p *parser) readKey(parent, n *yaml.Node, at place, k *key) {
	switch {
	case n != nil:
		k.read(n, at.prefix+k.name)
	case k.required && k.missing != "":
		p.Fail(parent, k.missing, "%s has no %s", at.has, k.name)
	case k.required:
		p.Fail(parent, "add it", "%s has no %s", at.has, k.name)
	}
}

// stands reports whether a key may stand here. It cannot be known while the key that
// decides is missing or wrong, which is an error of its own: then the key is not read.
func (p *parser) stands(k *key, keys []key, f map[string]*yaml.Node) bool {
	if k.only == nil {
		return true
	}
	decides := &keys[slices.IndexFunc(keys, func(other key) bool { return other.name == k.only.key })]
	word := f[decides.name]
	switch {
	case word != nil && slices.Contains(k.only.words, word.Value):
		return true
	case word == nil && decides.required || word != nil && !slices.Contains(decides.is.words, word.Value):
		return false
	}
	p.surplus(f[k.name], k.only.surplus)
	return false
}

func keyNames(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}

func (p *parser) surplus(n *yaml.Node, what string) {
	if n != nil {
		p.Fail(n, "remove it", "%s", what)
	}
}

// flag reads true or false.
func (p *parser) flag(to *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, what string) { *to = p.Boolean(n, what) }
}

// word reads one of the words of a shape.
func (p *parser) word(to *string, is shape) func(*yaml.Node, string) {
	return func(n *yaml.Node, what string) { *to = p.oneOf(n, what, is.words...) }
}

// items reads each item of a sequence.
func (p *parser) items(one func(*yaml.Node, string)) func(*yaml.Node, string) {
	return func(n *yaml.Node, what string) {
		p.Each(n, what, func(n *yaml.Node) { one(n, what) })
	}
}
