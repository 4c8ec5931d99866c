package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// isSecret decides whether a value is secret: the profile declares it so (d; nil
// where it declares nothing), or the source that gives it keeps it as one. This
// is the only place. Messages, render, masks, file modes, arguments, paths and
// check all go by its answer. The source that wins decides: a layer that loses
// has no say, and its value is never used.
func isSecret(d *Parameter, given secrets.Parameter) bool {
	return d != nil && d.Secret || given.Secret()
}

// Secrets lists the values that nobody may see, for masking what others print:
// those of the profile's parameters, of the parameters that exec exports, and of
// the variables of --resolve-env. A list is there as a whole and by its items.
func (r *Resolved) Secrets() []string {
	var all []string
	add := func(texts ...string) {
		for _, s := range texts {
			if s != "" && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	for _, d := range r.Profile.Parameters {
		if v := r.value(d.Name); v.secret && v.set {
			add(v.text)
			add(v.list...)
		}
	}
	for _, p := range r.Parameters() {
		if r.values[p.Name] == nil && isSecret(nil, p) {
			add(p.Value.Reveal())
		}
	}
	for _, p := range r.variables {
		add(p.Value.Reveal())
	}
	return all
}

// shower is how messages show a value: not at all where it is secret, and
// otherwise without the secrets that stand in it.
func (r *Resolved) shower(secret bool) shower {
	if secret {
		return conceal
	}
	return func(s string) string { return quote(hide(s, r.givenSecrets())) }
}

// givenSecrets are the secrets that sources give, whether they keep their rules or not.
func (r *Resolved) givenSecrets() []string {
	var all []string
	for name, p := range r.parameters {
		if d, _ := r.Profile.parameter(name); isSecret(d, p) {
			all = append(all, strings.TrimSpace(p.Value.Reveal()))
		}
	}
	for _, p := range r.variables {
		all = append(all, p.Value.Reveal())
	}
	return all
}

// hidden is how long a secret must be to be looked for inside of other values:
// a shorter one stands there by chance.
const hidden = 6

// hide replaces the secrets that stand in a value. Where one begins in another,
// both are hidden whole.
func hide(s string, all []string) string {
	secret := make([]bool, len(s)) // by byte
	for _, text := range all {
		if len(text) < hidden {
			continue
		}
		for from := 0; ; from++ {
			at := strings.Index(s[from:], text)
			if at < 0 {
				break
			}
			from += at
			for i := range len(text) {
				secret[from+i] = true
			}
		}
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !secret[i]:
			b.WriteByte(s[i])
		case i == 0 || !secret[i-1]:
			b.WriteString(secrets.Redacted)
		}
	}
	return b.String()
}

// whySecret says of a secret parameter where it comes from and what makes it one.
func (r *Resolved) whySecret(name string) string {
	given := r.parameters[name]
	why := "a " + given.Type
	switch {
	case !given.Secret():
		why = "the profile declares it so"
	case given.Referred:
		why = "a value of --resolve-env"
	case given.Type == "file":
		why = "a file of --secrets-dir"
	case given.Type != "SecureString":
		why = "a Secrets Manager secret"
	}
	return fmt.Sprintf("parameter %s (from %s) is a secret (%s)", name, source(given), why)
}

// exposed names the secrets in a file that others than its owner may read,
// unless the profile says that it means this.
func (r *Resolved) exposed(file *File) []string {
	if file.Mode&0o044 == 0 || file.WorldReadable {
		return nil
	}
	var names []string
	for _, name := range file.names() {
		v := r.value(name)
		if v.secret && (v.set || r.absent[name]) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// names lists what a file's content refers to.
func (f *File) names() []string {
	if f.text != nil {
		return f.text.names()
	}
	return f.content.names()
}

func (t *tree) names() []string {
	if t == nil {
		return nil
	}
	var names []string
	if t.text != nil {
		names = t.text.names()
	}
	for _, item := range t.items {
		names = append(names, item.names()...)
	}
	return names
}
