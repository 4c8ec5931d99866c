package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/capability"
	"github.com/tsboot/tsboot/secrets"
)

// maxProfile is the largest profile in bytes.
const maxProfile = 1 << 20

// Parse reads a profile strictly. file is its name for messages. The error has
// everything that is wrong, each with its place in the file, as an *Error of Kind
// Usage.
func Parse(file string, data []byte) (*Profile, error) {
	p := &parser{file: file, lines: bytes.Split(data, []byte("\n")), profile: &Profile{File: file}}
	root := p.document(data)
	if len(p.problems) == 0 {
		p.refuseFeatures(root, 0)
	}
	if len(p.problems) == 0 {
		p.top(root)
	}
	sort.SliceStable(p.problems, func(i, j int) bool {
		a, b := p.problems[i].Pos, p.problems[j].Pos
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
	if err := AsError(Usage, p.problems); err != nil {
		return nil, err
	}
	return p.profile, nil
}

// parser collects the profile and its problems.
type parser struct {
	file     string
	lines    [][]byte // of the source, for the places of references
	profile  *Profile
	problems []Problem
}

// fail adds a problem at a node.
func (p *parser) fail(n *yaml.Node, fix, format string, args ...any) {
	p.failAt(Pos{p.file, max(n.Line, 1), max(n.Column, 1)}, fix, format, args...)
}

func (p *parser) failAt(at Pos, fix, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		Code: "profile-invalid", Pos: at, What: fmt.Sprintf(format, args...), Fix: fix,
	})
}

func (p *parser) at(n *yaml.Node) Pos { return Pos{p.file, n.Line, n.Column} }

// document gives the root of the document; there must be only one.
func (p *parser) document(data []byte) *yaml.Node {
	start := &yaml.Node{Line: 1, Column: 1}
	if len(data) > maxProfile {
		p.fail(start, "a profile describes one agent; shorten it", "the profile is larger than %d bytes", maxProfile)
		return nil
	}
	if !utf8.Valid(data) {
		p.failAt(p.firstInvalid(), "save it as UTF-8", "the profile is not UTF-8")
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		p.fail(start, "`tsboot profiles show NAME` prints one to start from", "the profile is empty")
		return nil
	case err != nil:
		p.syntax(err)
		return nil
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		p.fail(&more, "keep one profile a file", "the profile has a second document")
	case !errors.Is(err, io.EOF):
		p.syntax(err)
	}
	if len(doc.Content) != 1 {
		p.fail(start, "`tsboot profiles show NAME` prints one to start from", "the profile is empty")
		return nil
	}
	return doc.Content[0]
}

var yamlError = secrets.LazyRegexp(`^yaml: (?:line (\d+): )?((?s).*)$`)

// syntax adds an error of the YAML reader, which knows only the line.
func (p *parser) syntax(err error) {
	at, what := Pos{p.file, 1, 1}, err.Error()
	if m := yamlError().FindStringSubmatch(what); m != nil {
		what = m[2]
		if line, err := strconv.Atoi(m[1]); err == nil && line > 0 {
			at.Line = line
		}
	}
	p.failAt(at, "check quotes, brackets and the indentation of this line and the one before", "not YAML: %s", what)
}

func (p *parser) firstInvalid() Pos {
	for i, line := range p.lines {
		if !utf8.Valid(line) {
			column := 1
			for r, size := utf8.DecodeRune(line); r != utf8.RuneError || size > 1; r, size = utf8.DecodeRune(line) {
				line, column = line[size:], column+1
			}
			return Pos{p.file, i + 1, column}
		}
	}
	return Pos{p.file, 1, 1}
}

// maxDepth is more than any configuration needs, and safe for the stack.
const maxDepth = 64

// refuseFeatures refuses what a profile does not need and a hostile one uses:
// aliases (they can expand without end), tags, great depth.
func (p *parser) refuseFeatures(n *yaml.Node, depth int) {
	switch {
	case depth > maxDepth:
		p.fail(n, "make it flatter", "the profile is nested deeper than %d levels", maxDepth)
		return
	case n.Kind == yaml.AliasNode:
		p.fail(n, "write the value out", "alias *%s: aliases are not read", clip(n.Value))
		return
	case n.Anchor != "":
		p.fail(n, "remove it; aliases are not read", "anchor &%s has no use", clip(n.Anchor))
	case n.Style&yaml.TaggedStyle != 0:
		p.fail(n, "remove it; quotes make a string", "tag %s is not read", clip(n.Tag))
	}
	for _, c := range n.Content {
		p.refuseFeatures(c, depth+1)
	}
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
			read: func(n *yaml.Node, what string) { profile.Description, _ = p.text(n, what) },
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
	name, ok := p.text(n, what)
	if ok && !profileName().MatchString(name) {
		p.fail(n, "use a-z, 0-9, '-', '.', '_', e.g. my-agent", "name %q", name)
	}
	p.profile.Name = name
}

// capability reads the name of a capability.
func (p *parser) capability(n *yaml.Node, what string) {
	name, ok := p.text(n, what)
	bare := strings.TrimPrefix(strings.ToUpper(name), "CAP_")
	switch known := capability.Names(); {
	case !ok:
	case slices.Contains(known, name):
		p.duplicate(n, &p.profile.Capabilities, name, "the capability")
	case slices.Contains(known, bare):
		p.fail(n, "write "+bare, "%s: %q", what, clip(name))
	default:
		fix := "write e.g. AUDIT_CONTROL, as capabilities(7) names them"
		if best := secrets.Nearest(bare, lowerCase(known)); best != "" {
			fix = fmt.Sprintf("did you mean %q?", strings.ToUpper(best))
		}
		p.fail(n, fix, "%s: %q is not a capability of Linux", what, clip(name))
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
		p.fail(n, "name it once", "%s %q appears twice", what, name)
		return true
	}
	*seen = append(*seen, name)
	return false
}
