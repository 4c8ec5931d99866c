package boot

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// A Report is what check says, and its JSON form (docs/check.md): fields may be added, none changes its meaning.
// No field ever holds a value.
type Report struct {
	OK         bool              `json:"ok"`
	ExitCode   int               `json:"exit_code"` // what a boot would end with; 0 when it would not
	Version    string            `json:"version"`
	Region     *regionReport     `json:"region,omitempty"`   // absent when AWS is not asked
	Identity   *identityReport   `json:"identity,omitempty"` // absent without credentials
	Profile    *profileReport    `json:"profile,omitempty"`
	Process    processReport     `json:"process"`
	User       *userReport       `json:"user,omitempty"` // --user
	Sources    []sourceReport    `json:"sources"`
	Parameters []parameterReport `json:"parameters"`
	Files      []fileReport      `json:"files"`
	Commands   []commandReport   `json:"commands"`
	Warnings   []Problem         `json:"warnings"`
	Problems   []Problem         `json:"problems"` // in the order in which a boot would meet them
}

type regionReport struct {
	Name   string `json:"name"`
	Source string `json:"source"` // --region, AWS_REGION, the task's ARN, ...
}

type identityReport struct {
	ARN      string `json:"arn,omitempty"`
	Account  string `json:"account,omitempty"`
	Provider string `json:"provider"`       // task role, instance role, environment, ...
	Note     string `json:"note,omitempty"` // why ARN or account are not known
}

type profileReport struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

type processReport struct {
	PID  int    `json:"pid"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	PID1 string `json:"pid_1"` // the name of the process that is PID 1 here
}

type userReport struct {
	Name   string `json:"name,omitempty"`
	UID    int    `json:"uid"`
	GID    int    `json:"gid"`
	Groups []int  `json:"groups,omitempty"`
}

// States of a source.
const (
	sourceRead     = "read"
	sourceFailed   = "failed"
	sourceNotAsked = "not-asked" // without region or credentials
)

type sourceReport struct {
	Kind       string `json:"kind"` // path, reference, variable, directory
	Name       string `json:"name"`
	State      string `json:"state"`
	Code       string `json:"code,omitempty"` // of its problem
	Parameters int    `json:"parameters"`
	Retries    int    `json:"retries"`
}

// parameterUnread is the state of a parameter that a source may hold which could not be read; the others are configgen's.
const parameterUnread = "unread"

type parameterReport struct {
	Name         string       `json:"name"`
	State        string       `json:"state"` // found, default, unset, missing, invalid, unread, unknown
	Secret       bool         `json:"secret"`
	FullName     string       `json:"full_name,omitempty"`
	Source       string       `json:"source,omitempty"` // ssm:PATH, ssm-parameter, dir:DIR, environment, --set
	Type         string       `json:"type,omitempty"`
	Version      int64        `json:"version,omitempty"`
	LastModified *time.Time   `json:"last_modified,omitempty"`
	Trimmed      bool         `json:"trimmed,omitempty"`
	Overridden   []overridden `json:"overridden,omitempty"` // what it won over
}

type overridden struct {
	FullName string `json:"full_name"`
	Source   string `json:"source"`
}

type fileReport struct {
	Path     string `json:"path,omitempty"` // absent when it depends on a parameter without a good value
	State    string `json:"state"`          // new, changed, unchanged, unknown
	Mode     string `json:"mode"`
	Writable bool   `json:"writable"` // or need not be, being unchanged
}

type commandReport struct {
	Use     string `json:"use"` // setup NAME, run, health
	Program string `json:"program"`
	Path    string `json:"path,omitempty"`
	Runs    bool   `json:"runs"`
	Skipped bool   `json:"skipped,omitempty"` // a setup step that would not run now
}

// A Problem is one fault and its fix. Those that end a boot have its exit code.
type Problem struct {
	Code     string             `json:"code"` // of docs/errors.md
	Kind     Kind               `json:"-"`
	ExitCode int                `json:"exit_code,omitempty"` // of Kind
	Section  string             `json:"section"`             // flags, profile, sources, parameters, environment, files, commands
	What     string             `json:"what"`
	Fix      string             `json:"fix,omitempty"`
	Allow    []ssm.IAMStatement `json:"allow,omitempty"` // statements to add to a policy
}

func newReport() *Report {
	return &Report{
		Sources: []sourceReport{}, Parameters: []parameterReport{}, Files: []fileReport{}, Commands: []commandReport{},
		Warnings: []Problem{}, Problems: []Problem{},
	}
}

// Conclude takes the code of the first problem that a boot would meet. exit is the program's table of exit codes.
func (r *Report) Conclude(exit func(Kind) int) {
	for i, p := range r.Problems {
		r.Problems[i].ExitCode = exit(p.Kind)
	}
	r.OK = len(r.Problems) == 0
	if !r.OK {
		r.ExitCode = r.Problems[0].ExitCode
	}
}

// fail adds what an error of the boot says.
func (c *checker) fail(section string, err error) {
	for _, p := range problemsOf(err) {
		p.Section = section
		c.report.Problems = append(c.report.Problems, p)
	}
}

func (c *checker) warn(code, what, fix string) {
	c.report.Warnings = append(c.report.Warnings, Problem{Code: code, Section: "flags", What: what, Fix: fix})
}

// problemsOf takes an error apart: what it says of fault and fix, and its kind.
func problemsOf(err error) []Problem {
	var (
		fetch     *secrets.Error
		config    *configgen.Error
		write     *configgen.WriteError
		identity  *supervisor.IdentityError
		execution *supervisor.ExecError
		size      *supervisor.SizeError
	)
	p := Problem{Kind: KindOf(err), What: err.Error(), Code: codeOfKind(KindOf(err))}
	switch {
	case errors.As(err, &config):
		return configProblems(config)
	case errors.As(err, &fetch):
		p.Code, p.Fix = fetch.Code, fetch.Fix
		p.What = strings.TrimSuffix(fetch.Op+" "+fetch.Resource, " ") + ": " + fetch.Detail
		if statement, ok := ssm.Grant(fetch); ok {
			p.Allow = []ssm.IAMStatement{statement}
		}
	case errors.As(err, &write):
		p.Code, p.Fix = write.Code(), write.Fix
		p.What = "write " + write.Path + ": " + write.Op + ": " + write.Err.Error()
	case errors.As(err, &size):
		p.Code = codeTooLarge
	case errors.As(err, &identity):
		p.Code = codeUser
	case errors.As(err, &execution):
		p.Code = codeOfKind(kindOfExec(execution))
	}
	if p.Fix == "" {
		p.Fix = EntryOf(p.Code).Do
	}
	return []Problem{p}
}

func configProblems(err *configgen.Error) []Problem {
	list := make([]Problem, len(err.Problems))
	for i, p := range err.Problems {
		list[i] = configProblem(p, Kind(err.Kind))
	}
	return list
}

func configProblem(p configgen.Problem, kind Kind) Problem {
	what := p.What
	if at := p.Pos.String(); at != "" {
		what = at + ": " + what
	}
	return Problem{Code: p.Code, Kind: kind, What: what, Fix: p.Fix}
}

func modeText(mode fs.FileMode) string { return "0" + strings.TrimLeft(octal(mode), "0") }
