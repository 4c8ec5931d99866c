package profile

import (
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen/format"
)

// Type is the type of a parameter.
type Type string

// The types of parameters. Words is a string split as a shell splits words.
const (
	String    Type = "string"
	Int       Type = "int"
	Float     Type = "float"
	Bool      Type = "bool"
	List      Type = "list"
	ListOfInt Type = "list-of-int"
	Words     Type = "words"
	Map       Type = "map"
	Base64    Type = "base64"
)

// types are all of them.
func types() []string {
	return []string{
		string(String), string(Int), string(Float), string(Bool), string(List), string(ListOfInt), string(Words), string(Map), string(Base64),
	}
}

// Many reports whether a value of the type is a list.
func (t Type) Many() bool { return t == List || t == ListOfInt || t == Words }

// Profile is how one agent is configured, set up, run and checked.
type Profile struct {
	File        string // where it was read from
	Name        string
	Description string
	Detect      []string // all of these exist where the agent is installed
	Parameters  []Parameter
	Files       []File
	Setup       []Step // once, before the agent
	BeforeStart []Step // before each start of the agent
	Run         Run
	Health      *Health
	Env         EnvPolicy
	Facts       []string // that it refers to, each once

	Capabilities []string // of the kernel, without CAP_, that the agent needs
	Tests        []Test
}

// Test is what the profile makes of some values. What it does not name is not
// compared.
type Test struct {
	Pos    Pos
	Name   string
	Values []Pair // of parameters and facts
	Files  []Pair // path and content
	Argv   []string
	Env    []Pair
}

// Pair is a name and a text.
type Pair struct{ Name, Text string }

// Parameter is a declaration: its names and the rules for its value.
type Parameter struct {
	Name      string // normalised
	Pos       Pos
	Type      Type // never empty
	Required  bool
	Secret    bool           // by the profile; a source can make it secret, too
	Default   *string        // nil: none
	Env       []string       // variables that give it; messages recommend the first
	Aliases   []string       // normalised
	Pattern   *regexp.Regexp // of the value, or of each item of a list; nil: any
	Enum      []string       // allowed values; empty: any
	Separator string         // between the items of a list; "": a comma
}

// File is a file that the boot writes.
type File struct {
	Pos           Pos
	Path          *Template
	Mode          fs.FileMode // 0600 unless the profile says otherwise
	Owner         Located     // user, user:group; "": that of tsboot or of --user
	WorldReadable bool        // world-readable-secrets: Mode may let others read secrets
	Format        string      // json, yaml, toml, ini, env, text
	When          string      // a parameter: the file is written when it is not empty; "": always
	Repeat        bool        // ini: a list is a line for each item
	OmitEmpty     bool        // what has no value is left out, and what becomes empty by that
	Dollar        bool        // each $ of a value is doubled, for a program that expands ${name}
	Base          Located     // the vendor's file, which Content is laid over
	BaseOptional  bool        // it may be missing
	Content       *Tree       // every format but text
	Text          []Piece     // format text
}

// Piece is a part of a text file.
type Piece struct {
	Text    *Template
	ForEach string // a list: the piece stands once for each item; "": once
	When    string // a parameter: the piece stands when it is not empty; "": always
}

// Step is a command that runs before the agent.
type Step struct {
	Pos        Pos
	named      Pos
	List       string // "setup" or "before-start"
	Name       string
	Argv       []*Template
	Timeout    time.Duration // never 0; 60 s unless the profile says otherwise
	Retries    int           // after the first run
	OKCodes    []int         // exit codes that are a success; 0 unless the profile says otherwise
	Creates    *Template     // a file: while it exists, the step is skipped; nil: it runs at every boot
	When       string        // a parameter: the step runs when it is not empty; "": always
	ForEach    string        // a list: the step runs once for each item; "": once
	SecretArgv bool          // its arguments may have secrets
	Stdin      *Template     // what it reads; nil: nothing
}

// Run is how the agent itself runs. With an empty Argv the command comes from the
// command line.
type Run struct {
	Pos           Pos
	Argv          []*Template
	Restart       string // no, on-failure, always; "": the profile does not say
	StopSignal    Located
	Grace         *time.Duration // nil: the profile does not say
	OnRefresh     OnRefresh
	RefreshSignal Located
	Follow        *Follow
	Stop          []*Template // a command that stops the agent; empty: the stop signal does
}

// Located is a word of the profile that another package has to understand (the
// name of a signal), with its place for the message when that package refuses it.
type Located struct {
	Text string // "": not given
	Pos  Pos
}

// OnRefresh is what happens to a running agent when its files change.
type OnRefresh struct {
	Action string  // restart, setup-and-restart, signal; "": the profile does not say
	Signal Located // with signal
}

// Follow says which processes are the agent when the command forks and ends: those
// in pid files, or the last one that tsboot adopted.
type Follow struct {
	Pos       Pos
	LastChild bool
	Daemons   []Daemon
}

// Daemon is a process that writes its id into a file. The end of the one that is Main
// is the agent's; without one that is, the end of any.
type Daemon struct {
	PIDFile string
	Main    bool
}

// Health is the command that says whether the agent is well.
type Health struct {
	Pos      Pos
	Argv     []*Template
	Timeout  time.Duration // never 0; 5 s unless the profile says otherwise
	Interval time.Duration // 0: only when asked

	StartPeriod time.Duration // from each start of the agent, in which failures do not count
	Failures    int           // in a row, before the agent is restarted; 3 unless the profile says otherwise
}

// EnvPolicy is what the profile says of the agent's environment.
type EnvPolicy struct {
	Set       []EnvSet
	Withhold  []string // variables that the agent does not get; the last character may be *
	Pass      []string // variables that it gets although tsboot or Withhold would withhold them; the same
	ExportAll bool     // every parameter becomes a variable
}

// EnvSet is a variable that the agent always gets.
type EnvSet struct {
	Name  string
	Value *Template
}

// Parameter finds a declaration by its name or one of its aliases, both
// normalised.
func (p *Profile) Parameter(name string) (*Parameter, bool) {
	for i := range p.Parameters {
		d := &p.Parameters[i]
		if d.Name == name {
			return d, true
		}
		for _, alias := range d.Aliases {
			if alias == name {
				return d, true
			}
		}
	}
	return nil, false
}

// Names lists the names below a path that the profile reads: of each parameter its
// name, then its aliases.
func (p *Profile) Names() []string {
	var names []string
	for _, d := range p.Parameters {
		names = append(append(names, d.Name), d.Aliases...)
	}
	return names
}

// Summary is one line about the profile: its description and the parameters that it requires.
func (p *Profile) Summary() string {
	var required []string
	for _, d := range p.Parameters {
		if d.Required {
			required = append(required, d.Name)
		}
	}
	if len(required) == 0 {
		return p.Description
	}
	return p.Description + "; requires " + strings.Join(required, ", ")
}

// HasCreates reports whether the profile has a step that can be skipped.
func (p *Profile) HasCreates() bool {
	for _, s := range p.Setup {
		if s.Creates != nil {
			return true
		}
	}
	return false
}

// Names lists the parameters whose values stand in the content of a file.
func (f *File) Names() []string {
	names := f.Content.names()
	for _, piece := range f.Text {
		for _, name := range piece.Text.Names() {
			if name == ItemName {
				name = piece.ForEach
			}
			names = append(names, name)
		}
	}
	return names
}

// Syntax is the format of the file's content.
func (f *File) Syntax() *format.Format {
	in := format.Of(f.Format)
	if f.Repeat {
		in = in.WithLines()
	}
	if f.Base.Text != "" {
		in = in.OverBase()
	}
	return in
}

// Escapes lists the chains of escapes of a text file's references.
func (f *File) Escapes() [][]string {
	var all [][]string
	for _, piece := range f.Text {
		for _, part := range piece.Text.Parts {
			if part.Name != "" {
				all = append(all, part.Escapes)
			}
		}
	}
	return all
}

// Use names a step in messages.
func (s *Step) Use() string { return s.List + " step " + s.Name }
