package configgen

import (
	"io/fs"
	"regexp"
	"time"
)

// Type is the type of a parameter.
type Type string

// The types of parameters. Words is a string split as a shell splits words.
const (
	String Type = "string"
	Int    Type = "int"
	Bool   Type = "bool"
	List   Type = "list"
	Words  Type = "words"
)

// many reports whether a value of the type is a list of strings.
func (t Type) many() bool { return t == List || t == Words }

// Profile is how one agent is configured, set up, run and checked.
type Profile struct {
	File        string // where it was read from
	Name        string
	Description string
	Detect      []string // all of these exist where the agent is installed
	Parameters  []Parameter
	Files       []File
	Setup       []Step
	Run         Run
	Health      *Health
	Env         EnvPolicy
}

// Parameter is a declaration: what the profile takes, by which names, and the
// rules for it.
type Parameter struct {
	Name     string // normalised
	Pos      Pos
	Type     Type
	Required bool
	Secret   bool
	Default  *string
	Env      []string // variables it is taken from, the first is the one to recommend
	Aliases  []string // normalised
	Pattern  *regexp.Regexp
	Enum     []string
}

// File is a file the boot writes.
type File struct {
	Pos           Pos
	Path          *Template
	Mode          fs.FileMode
	WorldReadable bool // it means to hold secrets under a mode that lets others read them
	Format        string
	content       *tree     // every format but text
	text          *Template // format text
}

// Step is a command that runs before the agent.
type Step struct {
	Pos        Pos
	Name       string
	Argv       []*Template
	Timeout    time.Duration
	Retries    int
	OKCodes    []int
	Creates    *Template // nil: runs at every boot
	When       string    // parameter that must not be empty; "": always
	ForEach    string    // list parameter; the step runs once an item
	SecretArgv bool
}

// Run is how the agent itself runs. An empty Argv means that the command
// comes from the command line.
type Run struct {
	Pos           Pos
	Argv          []*Template
	Restart       string // no, on-failure, always; "": the profile does not say
	StopSignal    Located
	Grace         *time.Duration // nil: the profile does not say
	OnRefresh     OnRefresh
	RefreshSignal Located
	Follow        *Follow
}

// Located is a word of the profile whose meaning another package knows (the
// name of a signal), with the place to name when that package refuses it.
type Located struct {
	Text string // "": not given
	Pos  Pos
}

// OnRefresh is what changed files mean for a running agent.
type OnRefresh struct {
	Action string  // restart, setup-and-restart, signal; "": the profile does not say
	Signal Located // with signal
}

// Follow says which process is the agent when the command forks and ends:
// the one named in PIDFile, or the last one that tsboot adopted.
type Follow struct {
	Pos       Pos
	PIDFile   string
	LastChild bool
}

// Health is the command that says whether the agent is well.
type Health struct {
	Pos      Pos
	Argv     []*Template
	Timeout  time.Duration
	Interval time.Duration // 0: only when asked
	Failures int           // in a row, before the agent is restarted
}

// EnvPolicy is what the profile says of the agent's environment.
type EnvPolicy struct {
	Set       []EnvSet
	Withhold  []string // names, * as last character
	Pass      []string // names, * as last character; beats Withhold and what is withheld anyway
	ExportAll bool     // every parameter is a variable of the command
}

// EnvSet is a variable that the agent always gets.
type EnvSet struct {
	Name  string
	Value *Template
}

// parameter finds a declaration by its name or one of its aliases, both
// normalised.
func (p *Profile) parameter(name string) (*Parameter, bool) {
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

// Names lists every name below a path that the profile reads, aliases
// included: parameter by parameter, the name itself first.
func (p *Profile) Names() []string {
	var names []string
	for _, d := range p.Parameters {
		names = append(append(names, d.Name), d.Aliases...)
	}
	return names
}

// hasCreates reports whether a step may be skipped.
func (p *Profile) hasCreates() bool {
	for _, s := range p.Setup {
		if s.Creates != nil {
			return true
		}
	}
	return false
}
