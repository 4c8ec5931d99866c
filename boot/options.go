package boot

import (
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// Profiles that have a meaning of their own in Options.Profile.
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

// Options are what a boot is asked to do, read from flags and variables once and changed by nobody afterwards. Validate
// says what is wrong with them. They hold no secret, and cross the pipe to the worker.
type Options struct {
	// Profile is a built-in profile's name, a file, ProfileAuto or ProfileExec. Empty is an error when it is looked for.
	Profile string
	// Command is the agent's command, as it stood after "--". Nil: the profile's own; empty but not nil: an error.
	Command []string
	// Replace: the command takes the place of tsboot, see Boot.Replace.
	Replace bool
	// NoCommand: nothing will be run, so no command is missed.
	NoCommand bool

	Sources     Sources
	Restart     Restart
	Stop        Stop
	Process     Process
	Environment configgen.EnvOptions // zero: nothing is kept, preferred or allowed
	Log         Log

	// Given says which flags were given, and by what.
	Given Given
}

// Sources say where parameters come from. Zero: from nowhere.
type Sources struct {
	Paths      []string // of Parameter Store, as written; a later one wins
	AllowRoot  bool     // a path may be /
	Label      string   // below the paths, only versions that have it; empty: the newest
	Fetch      string   // FetchByPath or FetchByName; anything else is an error
	Parameters []string // [NAME=]REF, as written; what is wrong with one is found when the request is made
	Dirs       []string // of secrets, a file for each parameter
	Set        []string // NAME=VALUE, for what is not secret
	ResolveEnv bool     // a variable whose value is ssm://REF becomes that parameter

	Region    string        // empty: that of the environment, the task or the instance
	Timeout   time.Duration // one deadline over the whole fetch; 0: none; negative is an error
	Splay     time.Duration // a random wait up to this before the first call; 0: none; negative is an error
	OnFailure string        // FailOnFailure or UseExistingOnFailure; empty: FailOnFailure
}

// outside says whether there is anything to read outside of this process.
func (s *Sources) outside() bool {
	return len(s.Paths)+len(s.Parameters)+len(s.Dirs) > 0 || s.ResolveEnv
}

// paths are the paths without the slash at their end.
func (s *Sources) paths() []string {
	clean := make([]string, len(s.Paths))
	for i, path := range s.Paths {
		if clean[i] = strings.TrimRight(path, "/"); clean[i] == "" {
			clean[i] = "/"
		}
	}
	return clean
}

// Restart says when the agent is started again. Every negative value is an error.
type Restart struct {
	Policy             supervisor.RestartPolicy // empty: the profile's, else supervisor.RestartOnFailure
	BackoffInitial     time.Duration            // before the first restart; 0: at once
	BackoffMax         time.Duration            // the longest; less than BackoffInitial is an error
	BackoffReset       time.Duration            // a run longer than this starts the backoff over
	StartLimitBurst    int                      // so many starts within the interval; 0: never give up
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

// Process says as whom and where the agent and its setup run.
type Process struct {
	Identity *supervisor.Identity // nil: tsboot's own
	Dir      string               // empty: tsboot's own; one that is not there is found by the boot
}

// Log is the form of tsboot's own log. The words are the program's to check.
type Log struct {
	Level  string // trace, debug, info, warn, error
	Format string // text or json
}
