package boot

import (
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// Words of Options.Profile that are not a file. Other names of built-in profiles need no constant.
const (
	ProfileAuto = "auto" // the built-in profile whose agent is installed
	ProfileExec = "exec" // every parameter as an environment variable of the command
)

// How parameters below a path are read, in Sources.Fetch.
const (
	FetchByPath = "path"  // all that stands below the path
	FetchByName = "names" // what the profile declares, by the names that it has there
)

// What happens when the deadline of the fetch passes, in Sources.OnFailure.
const (
	FailOnFailure        = "fail"         // the boot ends
	UseExistingOnFailure = "use-existing" // the agent runs on the whole files of an earlier boot
)

// Options are what a boot is asked to do. The program reads them once from flags and variables, and nothing changes them
// afterwards. Validate says what is wrong with them. They hold no secret. They cross the pipe to the worker.
type Options struct {
	// Profile is ProfileAuto, the name of a built-in profile, or a file. Empty is an error of the boot: there is no such file.
	Profile string
	// Command is the agent's command, as it stood after "--". Empty: the profile's own.
	Command []string
	// Replace: the command replaces tsboot, which supervises nothing (Boot.Replace).
	Replace bool
	// NoCommand: nothing will be run, so a profile without a command is not an error.
	NoCommand bool

	Sources     Sources
	Refresh     Refresh
	Restart     Restart
	Stop        Stop
	Process     Process
	Environment configgen.EnvOptions // zero: nothing is kept, preferred or allowed
	Log         Log

	MetricsFile string // for the textfile collector of node_exporter; empty: none is written

	// RunDir is the directory of the control socket; empty: there is none.
	RunDir string

	// Given says which flags were given, and by what.
	Given Given
}

// Sources say where parameters come from. Fetch must be set; the rest may be zero: nothing is read.
type Sources struct {
	Paths      []string // of Parameter Store, as written; a later one wins
	AllowRoot  bool     // whether a path may be /, the whole account
	Label      string   // below the paths, only versions that have this label; empty: the newest versions
	Fetch      string   // FetchByPath or FetchByName; anything else is an error
	Parameters []string // [NAME=]REF, as written; a wrong one is an error when the request is made
	Dirs       []string // directories whose files are parameters; a later one wins
	Set        []string // NAME=VALUE, not secret; anything else is an error
	ResolveEnv bool     // a variable whose value is ssm://REF becomes that parameter

	Region    string        // empty: that of the environment, the task or the instance
	Timeout   time.Duration // deadline of the whole fetch; 0: none; negative is an error
	Splay     time.Duration // a random wait up to this before the first call; 0: none; negative is an error
	OnFailure string        // FailOnFailure or UseExistingOnFailure; empty: FailOnFailure
}

// outside says whether anything outside of this process is to be read.
func (s *Sources) outside() bool {
	return s.inAWS() || len(s.Dirs) > 0
}

// inAWS says whether anything in AWS is to be read.
func (s *Sources) inAWS() bool { return len(s.Paths) > 0 || len(s.Parameters) > 0 || s.ResolveEnv }

// paths are the paths without a slash at the end.
func (s *Sources) paths() []string {
	clean := make([]string, len(s.Paths))
	for i, path := range s.Paths {
		if clean[i] = strings.TrimRight(path, "/"); clean[i] == "" {
			clean[i] = "/"
		}
	}
	return clean
}

// Refresh says when parameters are looked at again. Every negative value is an error.
type Refresh struct {
	Every     time.Duration // more or less; 0: only when somebody asks
	Probation time.Duration // how long the agent must stay up on what is new; 0: it is kept as soon as it runs
}

// refreshes says whether a refresh that is not the profile's own may come, and find something new.
func (o *Options) refreshes() bool { return o.needsWorker() && (o.Refresh.Every > 0 || o.RunDir != "") }

// Restart says when the agent is started again. Every negative value is an error.
type Restart struct {
	Policy             supervisor.RestartPolicy // empty: the profile's, else supervisor.RestartOnFailure
	BackoffInitial     time.Duration            // wait before the first restart; 0: at once; doubled at each
	BackoffMax         time.Duration            // longest wait; less than BackoffInitial is an error
	BackoffReset       time.Duration            // a run longer than this starts the backoff over
	StartLimitBurst    int                      // how many starts are allowed within the interval; 0: any number
	StartLimitInterval time.Duration
}

// Stop says what signals and exit codes mean.
type Stop struct {
	On          []supervisor.Signal                     // these mean stop; none: no signal does
	Signal      supervisor.Signal                       // to the agent; 0: the profile's, else the one that came
	Grace       time.Duration                           // until SIGKILL; 0: at once; negative is an error
	Rewrite     map[supervisor.Signal]supervisor.Signal // before all else; 0 drops the signal
	Scope       supervisor.SignalScope                  // anything but its two constants is an error
	Remap       map[int]int                             // of the agent's exit codes, 0 to 255
	ParentDeath supervisor.Signal                       // to tsboot when its parent dies; 0: none
}

// Process says as which user and in which directory the agent and its setup run.
type Process struct {
	Identity *supervisor.Identity // nil: tsboot's own
	Dir      string               // empty: tsboot's own; one that does not exist is an error of the boot
}

// Log is the form of tsboot's own log. This package only hands it to the worker, whose log the program opens.
type Log struct {
	Level    string // trace, debug, info, warn, error
	Format   string // text or json
	Coloured bool   // text is for a terminal that has colours
}
