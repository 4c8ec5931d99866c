package profile

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
)

func (p *parser) configFile(n *yaml.Node, _ string) {
	file := File{Pos: p.At(n), Mode: 0o600}
	if p.read(n, place{in: "a file", has: "the file"}, p.fileKeys(&file)) && slices.Contains(format.ForFiles(), file.Format) {
		p.add(file)
	}
}

// withContent are the formats of files that have a tree for their content.
func withContent() []string {
	return slices.DeleteFunc(format.ForFiles(), func(name string) bool { return format.Of(name).Text })
}

var aDollar = oneOfWords("double")

func (p *parser) fileKeys(file *File) []key {
	aFormat := oneOfWords(format.ForFiles()...)
	return []key{
		{
			name: "path", is: eitherOf(aPath, matching(`^\$\{`)), required: true, about: "absolute; may have references",
			read: func(n *yaml.Node, what string) { file.Path = p.pathTemplate(n, what) },
		},
		{
			name: "mode", is: aMode, usual: "`0600`",
			about: "octal. Others may not write. A mode with which the group or all others can read a file with a [secret](#what-is-secret) in it is a warning in the boot and in `tsboot check`",
			read:  func(n *yaml.Node, _ string) { file.Mode = p.mode(n) },
		},
		{
			name: "owner", is: eitherOf(matching(`^[^:]+(:[^:]+)?$`), number(0, 1<<31-1)), usual: "tsboot's user, or `--user`",
			about: "`user`, `user:group`, or numbers: whose the file is, and directories that are made for it. Without a group the user's own. It beats `--user`. A name that is not in the image is an error (exit 64)",
			read:  func(n *yaml.Node, what string) { file.Owner = p.owner(n, what) },
		},
		{
			name: "world-readable-secrets", is: anyFlag, usual: "`false`", read: p.flag(&file.WorldReadable),
			about: "`true`: others may read the secrets; no warning",
		},
		{
			name: "format", is: aFormat, required: true, read: p.word(&file.Format, aFormat),
			about: "`json`, `yaml`, `toml`, `ini`, `env` with `content`; `text` with `text`",
		},
		{
			name: "dollar", is: aDollar,
			about: "`double`: each `$` of a parameter's value is written twice, for an agent that expands `${name}` in its config; what the profile itself writes stays as it is",
			read:  func(n *yaml.Node, what string) { file.Dollar = p.oneOf(n, what, aDollar.words...) == "double" },
		},
		{
			name: "repeat", is: anyFlag, usual: "`false`", read: p.flag(&file.Repeat),
			only:  &only{"format", []string{"ini"}, "only format: ini takes `repeat`"},
			about: "`true`: a list is one line for each item",
		},
		{
			name: "when", is: aParameter, read: func(n *yaml.Node, what string) { file.When = p.parameterRef(n, what, false) },
			about: "a parameter: the file is written only when it has a value that is not empty",
		},
		{
			name: "omit-empty", is: anyFlag, usual: "`false`", read: p.flag(&file.OmitEmpty),
			about: "`true`: a reference whose value is missing or empty is left out with its key, and so are mappings, lists and sections that become empty by that; 0 and `false` stay",
		},
		{
			name: "base", is: aPath, only: &only{"format", withContent(), "format: text takes no `base`"},
			about: "absolute, without references: the vendor's own file, which [the content is laid over](#a-base)",
			read:  func(n *yaml.Node, what string) { file.Base = Located{p.path(n, what), p.At(n)} },
		},
		{
			name: "base-optional", is: anyFlag, usual: "`false`", last: true, about: "`true`: the base may be missing",
			read: func(n *yaml.Node, what string) {
				if file.BaseOptional = p.Boolean(n, what); file.Base.Text == "" {
					p.Fail(n, "add base, or remove it", "%s without base", what)
				}
			},
		},
		{
			name: "content", is: anything, required: true, last: true, only: &only{"format", withContent(), "format: text takes `text`, not `content`"},
			about: "a tree of mappings, lists, strings, numbers, booleans, nulls if the format has them; over a base, null removes a key",
			read:  func(n *yaml.Node, _ string) { file.Content = p.root(n, file.Syntax()) },
		},
		{
			name: "text", is: eitherOf(anyText, listOf(eitherOf(anyText, mappingOf(func() []key { return p.pieceKeys(&Piece{}, file) })))), required: true, last: true, only: &only{"format", []string{"text"}, "only format: text takes `text`; the others take `content`"},
			about: "the text, with escapes; or a list of [pieces](#pieces-of-a-text)",
			read:  func(n *yaml.Node, what string) { file.Text = p.pieces(n, what, file) },
		},
	}
}

// add adds a file, and refuses a path that another file has. Of two files that both
// have a condition it may be that never both stand.
func (p *parser) add(file File) {
	for _, other := range p.profile.Files {
		if file.Path == nil || other.Path == nil || file.When != "" && other.When != "" {
			continue
		}
		mine, known := file.Path.constant()
		if theirs, ok := other.Path.constant(); ok && known && mine == theirs {
			p.FailAt(file.Path.Pos, fmt.Sprintf("the first is in line %d; keep one", other.Pos.Line), "file %q appears twice", mine)
		}
	}
	p.profile.Files = append(p.profile.Files, file)
}

// basesApart refuses a base that the profile writes: the next boot would take it for
// the vendor's.
func (p *parser) basesApart() {
	for _, file := range p.profile.Files {
		for _, other := range p.profile.Files {
			if other.Path == nil || file.Base.Text == "" {
				continue
			}
			if name, known := other.Path.constant(); known && path.Clean(name) == path.Clean(file.Base.Text) {
				p.FailAt(file.Base.Pos, "copy the vendor's file to another path in the image, and name that", "base %q is a file that this profile writes", file.Base.Text)
			}
		}
	}
}

// pathTemplate reads a path that may have references.
func (p *parser) pathTemplate(n *yaml.Node, what string) *Template {
	t := p.template(n, use{what: what, noSecret: "everybody can read a path: use a parameter that is not secret"})
	if t == nil {
		return nil
	}
	if ref, whole := t.Whole(); whole && secrets.IsFact(ref.Name) {
		p.FailAt(t.Pos, "write the directories out, e.g. /etc/agent/${"+ref.Name+"}.conf", "%s: the fact %q is one element of a path", what, ref.Name)
	}
	if s, known := t.constant(); known {
		p.absolute(n, what, s)
	} else if t.Parts[0].Name == "" {
		p.absolute(n, what, t.Parts[0].Literal)
	}
	return t
}

// owner reads a user and a group. Which there are is for the boot to say.
func (p *parser) owner(n *yaml.Node, what string) Located {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		return p.user(n, what, n.Value)
	}
	s, ok := p.Text(n, what)
	if !ok {
		return Located{}
	}
	return p.user(n, what, s)
}

func (p *parser) user(n *yaml.Node, what, s string) Located {
	user, group, grouped := strings.Cut(s, ":")
	switch {
	case strings.Contains(s, "${"):
		p.Fail(n, "write the owner out", "%s cannot hold a reference", what)
	case user == "" || grouped && group == "" || strings.ContainsAny(s, " \t\n/") || strings.Contains(group, ":") || s[0] == '-':
		p.Fail(n, "write e.g. zabbix, zabbix:zabbix or 1997:1995", "%s: %q is not a user, or a user and a group", what, strictyaml.Clip(s))
	}
	return Located{Text: s, Pos: p.At(n)}
}

// mode reads permission bits. They are octal, with or without a leading 0 or 0o.
func (p *parser) mode(n *yaml.Node) fs.FileMode {
	digits := strings.TrimPrefix(strings.TrimPrefix(n.Value, "0o"), "0O")
	bits, err := strconv.ParseUint(digits, 8, 32)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil || bits > 0o777:
		p.Fail(n, "write octal permission bits, e.g. 0640", "mode %q", strictyaml.Clip(n.Value))
		return 0o600
	case bits&0o400 == 0:
		p.Fail(n, "add 0400", "mode %04o: its owner could not read it", bits)
	case bits&0o022 != 0:
		p.Fail(n, "remove 0020 and 0002", "mode %04o: others could write it", bits)
	}
	return fs.FileMode(bits)
}

func (p *parser) root(n *yaml.Node, in *format.Format) *Tree {
	if in.Content.Root && n.Kind != yaml.MappingNode {
		p.WrongType(n, "content of format "+in.Name, "a mapping (key: value)")
		return nil
	}
	return p.tree(n, in, 1)
}

func (p *parser) tree(n *yaml.Node, in *format.Format, depth int) *Tree {
	t, is := &Tree{pos: p.At(n)}, in.Content
	switch n.Kind {
	case yaml.MappingNode:
		t.Object = true
		if is.Depth > 0 && depth > is.Depth {
			p.Fail(n, "make it flatter", "format %s holds %d level(s) of keys", in.Name, is.Depth)
			return t
		}
		p.Pairs(n, "content", func(key, value *yaml.Node) {
			if key.Value == "$when" {
				t.When = p.whenKey(key, value, depth)
				return
			}
			p.contentKey(key, in)
			t.Keys = append(t.Keys, key.Value)
			t.Items = append(t.Items, p.tree(value, in, depth+1))
		})
	case yaml.SequenceNode:
		t.Array = true
		if !is.Arrays {
			p.Fail(n, "write a string", "format %s holds no lists", in.Name)
			return t
		}
		for _, item := range n.Content {
			t.Items = append(t.Items, p.item(item, in, depth+1))
		}
	default:
		p.scalar(n, in, t, depth)
	}
	return t
}

// item reads one item of a list.
func (p *parser) item(n *yaml.Node, in *format.Format, depth int) *Tree {
	if in.Content.Plain && n.Kind == yaml.MappingNode {
		p.Fail(n, "write a string", "a list of format %s holds no mappings", in.Name)
		return &Tree{pos: p.At(n)}
	}
	return p.tree(n, in.InList(), depth)
}

// whenKey reads the key $when, which says where its mapping stands.
func (p *parser) whenKey(key, value *yaml.Node, depth int) string {
	if depth == 1 {
		p.Fail(key, "give the file the key when", "$when stands for the whole content")
	}
	return p.parameterRef(value, "$when", false)
}

func (p *parser) contentKey(key *yaml.Node, in *format.Format) {
	is := in.Content
	switch {
	case strings.Contains(key.Value, "${"):
		p.Fail(key, "a value can only be a value: write the key out", "key %q holds a reference", strictyaml.Clip(key.Value))
	case is.Key != nil && !is.Key().MatchString(key.Value):
		p.Fail(key, "use "+is.KeyIs, "key %q is not allowed in format %s", strictyaml.Clip(key.Value), in.Name)
	}
}

// scalar reads a leaf. A mapping in its place would have its keys at a depth.
func (p *parser) scalar(n *yaml.Node, in *format.Format, t *Tree, depth int) {
	is := in.Content
	switch n.Tag {
	case "!!str", "!!timestamp":
		t.Text = p.template(n, use{what: "content", many: is.Arrays, maps: is.Depth == 0 || depth <= is.Depth})
		if t.Text == nil {
			t.Text = &Template{Pos: t.pos}
		} else if refused := in.Leaf(t.Text.filled("x")); refused != nil {
			p.Fail(n, refused.Fix, "content: %q %s: it cannot be written into format %s", strictyaml.Clip(n.Value), refused.What, in.Name)
		}
	case "!!null":
		if !is.Null && !is.Remove {
			p.Fail(n, "leave the key out, or write \"\"", "format %s has no null", in.Name)
		}
	default:
		t.Scalar = p.number(n)
	}
}

// number reads a number or a boolean. It refuses a number that would not be written
// exactly.
func (p *parser) number(n *yaml.Node) any {
	switch n.Tag {
	case "!!bool":
		var b bool
		_ = n.Decode(&b)
		return b
	case "!!int":
		var i int64
		if n.Decode(&i) != nil {
			p.Fail(n, "put it in quotes", "the number %s does not fit 64 bits", strictyaml.Clip(n.Value))
		}
		return i
	}
	var f float64
	if strings.Trim(n.Value, "+-_0123456789") == "" {
		p.Fail(n, "put it in quotes", "the number %s does not fit 64 bits", strictyaml.Clip(n.Value))
	} else if n.Decode(&f) != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		p.Fail(n, "put it in quotes", "%s is not a number that every format has", strictyaml.Clip(n.Value))
	}
	return f
}
