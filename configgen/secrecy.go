package configgen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// isSecret decides whether a value is secret: when the profile declares it so (d is
// nil for a parameter that it does not declare), or when the source that gives the
// value keeps it as a secret. Messages, render, masks, file modes, arguments, paths
// and check all use this answer. Only the layer that wins counts: the values of the
// others are never used.
func isSecret(d *profile.Parameter, given secrets.Parameter) bool {
	return d != nil && d.Secret || given.Secret()
}

// Secrets lists the secret values, to mask them in other programs' output: of the
// profile's parameters, of the parameters that exec exports, and of the variables of
// --resolve-env. Of a list or a map it has the whole text and each string in it, of
// base64 also what it stands for.
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
			add(v.Text)
			add(v.List...)
			add(insideOf(d, v, r.parameters[d.Name])...)
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

// insideOf gives the other texts of a secret: the strings in a map (true and 7 are in
// every output), and base64 as the source has it.
func insideOf(d profile.Parameter, v value, given secrets.Parameter) []string {
	var texts []string
	switch d.Type {
	case profile.Map:
		for _, leaf := range format.Leaves(v.Any) {
			text, _ := leaf.(string)
			texts = append(texts, text)
		}
	case profile.Base64:
		texts = []string{given.Value.Reveal()}
	}
	return texts
}

// display is how messages show a value: a secret not at all, another value without
// the secrets inside of it.
func (r *Resolved) display(secret bool) profile.Display {
	if secret {
		return profile.Conceal
	}
	return func(s string) string { return profile.Quote(hide(s, r.givenSecrets())) }
}

// givenSecrets are the secrets that sources give, also those that break a rule.
func (r *Resolved) givenSecrets() []string {
	var all []string
	for name, p := range r.parameters {
		if d, _ := r.Profile.Parameter(name); isSecret(d, p) {
			all = append(all, strings.TrimSpace(p.Value.Reveal()))
		}
	}
	for _, p := range r.variables {
		all = append(all, p.Value.Reveal())
	}
	return all
}

// hideMin is the length from which a secret is looked for inside of other values: a
// shorter one can be there by chance.
const hideMin = 6

// hide replaces the secrets inside of a value. Secrets that overlap are hidden as
// one.
func hide(s string, all []string) string {
	secret := make([]bool, len(s)) // by byte
	for _, text := range all {
		if len(text) < hideMin {
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

// whySecret names a secret parameter, its source, and why it is secret.
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

// exposed names the secrets in a file that other users than its owner may read. It
// is empty with world-readable-secrets.
func (r *Resolved) exposed(file *profile.File) []string {
	if file.Mode&0o044 == 0 || file.WorldReadable {
		return nil
	}
	var names []string
	for _, name := range file.Names() {
		if secrets.IsFact(name) { // looking it up would mean that it is needed
			continue
		}
		v := r.value(name)
		if v.secret && (v.set || r.absent[name]) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
