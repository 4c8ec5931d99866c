package boot

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/secrets/ssm"
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
	Facts      []factReport      `json:"facts"` // that the profile uses
	Files      []fileReport      `json:"files"`
	Commands   []commandReport   `json:"commands"`
	Warnings   []problemReport   `json:"warnings"`
	Problems   []problemReport   `json:"problems"`       // each cause once, in the order in which a boot would meet them
	Next       *nextReport       `json:"next,omitempty"` // what to run next
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

type sourceReport struct {
	Kind       string `json:"kind"` // path, reference, variable, directory
	Name       string `json:"name"`
	State      string `json:"state"`
	Code       string `json:"code,omitempty"` // of its problem
	Parameters int    `json:"parameters"`
	Retries    int    `json:"retries"`
}

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

type factReport struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"` // absent: it is not to be had
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

// A problemReport is one fault and its fix. Those that end a boot have its exit code.
type problemReport struct {
	Code     string             `json:"code"` // of docs/errors.md
	Kind     Kind               `json:"-"`
	ExitCode int                `json:"exit_code,omitempty"` // of Kind
	Section  string             `json:"section"`             // flags, profile, sources, parameters, facts, environment, files, commands
	What     string             `json:"what"`
	Fix      string             `json:"fix,omitempty"`
	Allow    []ssm.IAMStatement `json:"allow,omitempty"` // statements to add to a policy
	Concerns []concernReport    `json:"concerns,omitempty"`
}

// A concernReport is one of several findings that have one cause, or what a problem stops.
type concernReport struct {
	Section string `json:"section"`
	Name    string `json:"name"`
	What    string `json:"what"`
}

// A nextReport is the command to run next.
type nextReport struct {
	Why     string   `json:"why"`
	Command string   `json:"command"` // quoted for a shell
	Argv    []string `json:"argv"`
}

// report is the view of a record, and of what is wrong.
func (p *preparation) report() *Report {
	r, problems := &p.record, byCause(p.problems)
	report := &Report{
		Version: p.version, Process: thisProcess(),
		Sources:    views(r.Sources, func(s SourceRecord) sourceReport { return sourceReport(s) }),
		Parameters: views(r.Parameters, viewOfParameter),
		Facts:      views(r.Facts, func(f FactRecord) factReport { return factReport(f) }),
		Files:      views(r.Files, viewOfFile),
		Commands:   views(r.Commands, func(c CommandRecord) commandReport { return commandReport(c) }),
		Warnings:   views(byCause(withoutCauseIn(problems, r.Warnings)), viewOfProblem),
	}
	report.Problems = views(problems, viewOfProblem) // the warnings have joined theirs
	report.Next = p.next(report.Problems)
	if r.Region.Name != "" {
		report.Region = (*regionReport)(&r.Region)
	}
	if r.Identity != (IdentityRecord{}) {
		report.Identity = (*identityReport)(&r.Identity)
	}
	if r.Profile.Name != "" {
		report.Profile = (*profileReport)(&r.Profile)
	}
	if id := p.options.Process.Identity; id != nil {
		report.User = &userReport{id.Name, id.UID, id.GID, slices.Clone(id.Groups)}
	}
	return report
}

// views converts a list; none is an empty list in JSON, not null.
func views[R, V any](records []R, view func(R) V) []V {
	list := make([]V, len(records))
	for i, r := range records {
		list[i] = view(r)
	}
	return list
}

func viewOfParameter(p ParameterRecord) parameterReport {
	row := parameterReport{
		Name: p.Name, State: p.State, Secret: p.Secret, FullName: p.FullName, Source: p.Source, Type: p.Type, Version: p.Version, Trimmed: p.Trimmed,
	}
	if !p.LastModified.IsZero() {
		at := p.LastModified.UTC()
		row.LastModified = &at
	}
	for _, o := range p.Overridden {
		row.Overridden = append(row.Overridden, overridden(o))
	}
	return row
}

func viewOfFile(f FileRecord) fileReport {
	return fileReport{f.Path, f.State, modeText(f.Mode), f.Writable}
}

func viewOfProblem(p Problem) problemReport {
	report := problemReport{Code: p.Code, Kind: p.Kind, Section: p.Section, What: p.What, Fix: p.Fix, Allow: p.Allow}
	for _, c := range p.Concerns {
		report.Concerns = append(report.Concerns, concernReport(c))
	}
	return report
}

func thisProcess() processReport {
	first, err := os.ReadFile("/proc/1/comm")
	if err != nil {
		first = []byte("not to be seen")
	}
	return processReport{PID: os.Getpid(), UID: os.Geteuid(), GID: os.Getegid(), PID1: strings.TrimSpace(string(first))}
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

func modeText(mode fs.FileMode) string { return fmt.Sprintf("0%o", mode.Perm()) }
