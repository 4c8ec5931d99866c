package profile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/capability"
	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/secrets"
)

// Parse reads a profile strictly. file is its name for messages. The error has
// everything that is wrong, each with its place in the file, as an *Error of Kind
// Usage.
func Parse(file string, data []byte) (*Profile, error) {
	p := &parser{Reader: strictyaml.Reader{File: file}, lines: bytes.Split(data, []byte("\n")), profile: &Profile{File: file}}
	const empty = "`tsboot profiles show NAME` prints one to start from"
	root := p.Document(data, strictyaml.Words{
		File: "the profile", Empty: empty, Large: "a profile describes one agent; shorten it", Second: "keep one profile a file",
	})
	if root != nil {
		p.top(root)
	}
	strictyaml.Sort(p.Problems)
	var problems []Problem
	for _, found := range p.Problems {
		problems = append(problems, Problem{Code: "profile-invalid", Pos: found.Pos, What: found.What, Fix: found.Fix})
	}
	if err := AsError(Usage, problems); err != nil {
		return nil, err
	}
	return p.profile, nil
}

// parser collects the profile and its problems.
type parser struct {
	strictyaml.Reader
	lines   [][]byte // of the source, for the places of references
	profile *Profile
}

// top reads the top level of a profile. Parameters come before what refers to them.
func (p *parser) top(n *yaml.Node) {
	p.read(n, place{in: "a profile", has: "the profile"}, p.profileKeys())
}

func (p *parser) profileKeys() []key {
	profile := p.profile
	return []key{
		{
			name: "name", is: matching(namePattern), required: true, missing: "add e.g. `name: my-agent`", read: p.name,
			about: "what the log and `tsboot profiles` call it: `a-z`, `0-9`, `-`, `.`, `_`",
		},
		{
			name: "description", is: anyText, about: "what it boots, on one line",
			read: func(n *yaml.Node, what string) { profile.Description, _ = p.Text(n, what) },
		},
		{
			name: "detect", is: listOf(aPath), about: "absolute paths; `--profile auto` takes a built-in profile when all of them exist",
			read: func(n *yaml.Node, what string) { profile.Detect = p.paths(n, what) },
		},
		{
			name: "parameters", is: pairsOf("", eitherOf(shape{kinds: []string{"null"}}, mappingOf(func() []key { return p.parameterKeys(&declaration{}) }))),
			about: "what sources give, by name: [`parameters`](#parameters)", read: p.parameters,
		},
		{
			name: "files", is: listOf(mappingOf(func() []key { return p.fileKeys(&File{}) })),
			about: "what a boot writes: [`files`](#files)",
			read: func(n *yaml.Node, what string) {
				p.items(p.configFile)(n, what)
				p.basesApart()
			},
		},
		{
			name: "setup", is: listOf(mappingOf(func() []key { return p.stepKeys(&Step{}) })),
			about: "commands that run once before the agent: [`setup`](#setup)",
			read:  p.items(func(n *yaml.Node, what string) { p.step(n, what, &p.profile.Setup) }),
		},
		{
			name: "before-start", is: listOf(mappingOf(func() []key { return p.stepKeys(&Step{}) })),
			about: "commands that run before each start of the agent: [`before-start`](#before-start)",
			read:  p.items(func(n *yaml.Node, what string) { p.step(n, what, &p.profile.BeforeStart) }),
		},
		{
			name: "run", is: mappingOf(p.runKeys), about: "the agent: [`run`](#run)", read: p.run,
		},
		{
			name: "health", is: mappingOf(func() []key { return p.healthKeys(&Health{}) }),
			about: "the command that says whether it is well: [`health`](#health)", read: p.health,
		},
		{
			name: "env", is: mappingOf(p.envKeys), about: "its environment: [`env`](#env)", read: p.env,
		},
		{
			name: "tests", is: listOf(mappingOf(func() []key { return p.testKeys(&Test{}) })), last: true,
			about: "values, and what the profile makes of them: [`tests`](#tests)", read: p.items(p.test),
		},
		{
			name: "capabilities", is: listOf(oneOfWords(capability.Names()...)), read: p.items(p.capability),
			about: "what the agent's container must be given, in the kernel's names without `CAP_`: `[AUDIT_CONTROL, AUDIT_READ]`. One that is not there is a warning, in a boot and in `tsboot check`",
		},
	}
}

const namePattern = `^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`

var profileName = secrets.LazyRegexp(namePattern)

func (p *parser) name(n *yaml.Node, what string) {
	name, ok := p.Text(n, what)
	if ok && !profileName().MatchString(name) {
		p.Fail(n, "use a-z, 0-9, '-', '.', '_', e.g. my-agent", "name %q", name)
	}
	p.profile.Name = name
}

// capability reads the name of a capability.
func (p *parser) capability(n *yaml.Node, what string) {
	name, ok := p.Text(n, what)
	bare := strings.TrimPrefix(strings.ToUpper(name), "CAP_")
	switch known := capability.Names(); {
	case !ok:
	case slices.Contains(known, name):
		p.duplicate(n, &p.profile.Capabilities, name, "the capability")
	case slices.Contains(known, bare):
		p.Fail(n, "write "+bare, "%s: %q", what, strictyaml.Clip(name))
	default:
		fix := "write e.g. AUDIT_CONTROL, as capabilities(7) names them"
		if best := secrets.Nearest(bare, lowerCase(known)); best != "" {
			fix = fmt.Sprintf("did you mean %q?", strings.ToUpper(best))
		}
		p.Fail(n, fix, "%s: %q is not a capability of Linux", what, strictyaml.Clip(name))
	}
}

func lowerCase(words []string) []string {
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}

// duplicate reports a name that is already in seen, and adds it.
func (p *parser) duplicate(n *yaml.Node, seen *[]string, name, what string) bool {
	if slices.Contains(*seen, name) {
		p.Fail(n, "name it once", "%s %q appears twice", what, name)
		return true
	}
	*seen = append(*seen, name)
	return false
}
