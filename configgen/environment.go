package configgen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// EnvOptions are the flags about the command's environment.
type EnvOptions struct {
	Pass     []string // --pass-env: globs of variables to keep that would be withheld
	Prefer   []string // --prefer-env: globs of variables that win over parameters
	Allow    []string // --allow-env: globs of dangerous variables to export
	Pristine bool     // --pristine: start from an empty environment
	Strict   bool     // --strict: replace the variables with the value chamberme, and no other

	StrictFrom string // what gave Strict, for messages; empty: --strict
}

// Environment is the environment of the command and of setup, with notes. The notes
// have names, never values.
type Environment struct {
	Env       []string // with secrets: never print it
	Withheld  []string // variables of tsboot that the command does not get
	Replaced  []string // variables that a parameter replaced
	Preferred []string // variables that won over a parameter (--prefer-env)
	Dangerous []string // variables left out, because they change how programs load
	Odd       []string // variables that no shell can name

	From map[string]string // what gives the value of a variable that is not inherited
}

// sentinel is the value that --strict wants replaced, as chamber has it.
const sentinel = "chamberme"

// withheldAlways are the variables that only tsboot needs: its flags, and all from
// which the AWS SDK takes credentials. A test compares it with the SDK's source.
var withheldAlways = []string{
	"TSBOOT_*",
	"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN",
	"AWS_CONTAINER_CREDENTIALS_*", "AWS_CONTAINER_AUTHORIZATION_TOKEN*", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_SHARED_CREDENTIALS_FILE", "AWS_LOGIN_CACHE_DIRECTORY",
}

// Environment makes the environment of the command from that of tsboot. An entry
// that is not NAME=VALUE is kept, except with Pristine. The error is an *Error of
// Kind Invalid.
func (r *Resolved) Environment(environ []string, o EnvOptions) (*Environment, error) {
	b := &envBuilder{resolved: r, options: o, out: &Environment{From: map[string]string{}}}
	b.inherit(environ)
	if r.Profile.Env.ExportAll {
		b.export(environ)
	}
	for _, s := range r.Profile.Env.Set {
		b.problems = append(b.problems, r.absentIn("env.set "+s.Name, s.Value)...)
		text := r.text(s.Value, nil)
		b.nul(text, "env.set "+s.Name)
		b.set(s.Name, text, "env.set of the profile")
	}
	if err := profile.AsError(Invalid, b.problems); err != nil {
		return nil, err
	}
	return b.out, nil
}

// envBuilder makes an Environment.
type envBuilder struct {
	resolved *Resolved
	options  EnvOptions
	out      *Environment
	problems []Problem
}

// inherit takes over the variables of tsboot that the command may have.
func (b *envBuilder) inherit(environ []string) {
	policy := b.resolved.Profile.Env
	withheld := slices.Concat(withheldAlways, policy.Withhold)
	for _, d := range b.resolved.Profile.Parameters {
		if d.Secret {
			withheld = append(withheld, d.Env...)
		}
	}
	for _, entry := range environ {
		name, _, named := strings.Cut(entry, "=")
		named = named && name != ""
		switch {
		case named && profile.MatchAny(b.options.Pass, name):
		case b.options.Pristine:
			continue
		case named && profile.MatchAny(withheld, name) && !profile.MatchAny(policy.Pass, name):
			b.note(&b.out.Withheld, name)
			continue
		}
		b.out.Env = append(b.out.Env, entry)
	}
}

// export makes every parameter a variable.
func (b *envBuilder) export(environ []string) {
	there := secrets.Variables(environ)
	exported := make(map[string]string)
	for _, p := range b.resolved.Parameters() {
		name := secrets.EnvName(p.Name)
		if name == "" || strings.ContainsAny(name, "=\x00") {
			b.problem("parameter-unexportable", "rename it", "parameter %q cannot name a variable", p.FullName)
			continue
		}
		if other, twice := exported[name]; twice {
			b.problem("parameter-ambiguous", "rename one of them", "parameters %q and %q are both the variable %s", other, p.FullName, name)
			continue
		}
		exported[name] = p.FullName
		b.exportOne(name, p, there)
	}
	if b.options.Strict {
		b.unreplaced(there, exported)
	}
}

func (b *envBuilder) exportOne(name string, p secrets.Parameter, there map[string]string) {
	text, old := p.Value.Reveal(), there[name]
	if v, declared := b.resolved.values[p.Name]; declared {
		text = v.Text
	}
	b.nul(text, fmt.Sprintf("parameter %q", p.FullName))
	switch {
	case old != "" && profile.MatchAny(b.options.Prefer, name) && (old != sentinel || !b.options.Strict):
		b.note(&b.out.Preferred, name)
		b.keep(name, old)
		return
	case b.options.Strict && old == "":
		return // chamber's strict: only what the environment asks for
	case b.options.Strict && old != sentinel:
		b.problem("strict-unexpected", "set it to "+sentinel+", or name it with --prefer-env", "%s: the environment has the variable %s with a value that is not %s, and so has parameter %q", cmp.Or(b.options.StrictFrom, "--strict"), name, sentinel, p.FullName)
		return
	case dangerous(name) && !profile.MatchAny(b.options.Allow, name):
		b.note(&b.out.Dangerous, name)
		return
	case !format.VariableName().MatchString(name):
		b.note(&b.out.Odd, name)
	}
	if old != "" && old != sentinel && !b.options.Pristine {
		b.note(&b.out.Replaced, name)
	}
	b.set(name, text, p.FullName)
}

// unreplaced reports the variables that still ask for a parameter.
func (b *envBuilder) unreplaced(there, exported map[string]string) {
	var missing []string
	for name, text := range there {
		if _, replaced := exported[name]; text == sentinel && !replaced {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		b.problem("strict-missing", fmt.Sprintf("store a parameter %s, or remove the variable", secrets.NormalizeName(name)), "%s: the variable %s is %s and no parameter replaces it", cmp.Or(b.options.StrictFrom, "--strict"), name, sentinel)
	}
	for _, name := range b.out.Dangerous {
		if there[name] == sentinel {
			b.problem("strict-missing", "name it with --allow-env", "%s: the variable %s is %s and its parameter is left out, because it changes how programs load", cmp.Or(b.options.StrictFrom, "--strict"), name, sentinel)
		}
	}
}

// set replaces all entries of a variable.
func (b *envBuilder) set(name, text, from string) {
	b.out.Env = slices.DeleteFunc(b.out.Env, func(entry string) bool {
		return strings.HasPrefix(entry, name+"=")
	})
	b.out.Env = append(b.out.Env, name+"="+text)
	b.out.From[name] = from
}

// keep adds a preferred variable when it is not inherited.
func (b *envBuilder) keep(name, text string) {
	if !slices.ContainsFunc(b.out.Env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") }) {
		b.out.Env = append(b.out.Env, name+"="+text)
	}
}

func (b *envBuilder) nul(text, what string) {
	if strings.ContainsRune(text, 0) {
		b.problem("value-holds-nul", "remove it from the value", "%s holds a NUL byte, which no variable can", what)
	}
}

func (b *envBuilder) note(to *[]string, name string) {
	if !slices.Contains(*to, name) {
		*to = append(*to, name)
	}
}

func (b *envBuilder) problem(code, fix, format string, args ...any) {
	b.problems = append(b.problems, Problem{Code: code, What: fmt.Sprintf(format, args...), Fix: fix})
}
