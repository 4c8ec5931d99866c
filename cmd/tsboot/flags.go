package main

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/supervisor"
)

// flagRunDir is a flag that is empty on purpose: its empty variable counts, too.
const flagRunDir = "run-dir"

// settings holds the values of the flags as the flag library sets them. The method options turns them into boot.Options.
type settings struct {
	ssmPaths       []string
	allowRootPath  bool
	ssmParameters  []string
	ssmLabel       string
	ssmFetch       string
	secretsDirs    []string
	set            []string
	region         string
	fetchTimeout   time.Duration
	splay          time.Duration
	onFetchFailure string
	profile        string

	refresh          time.Duration
	refreshProbation time.Duration

	restart            string
	backoffInitial     time.Duration
	backoffMax         time.Duration
	backoffReset       time.Duration
	startLimitBurst    int
	startLimitInterval time.Duration

	stopOn            []string
	stopSignal        string
	grace             time.Duration
	signalRewrite     []string
	signalScope       string
	exitRemap         []string
	parentDeathSignal string

	user       string
	workingDir string
	passEnv    []string

	preferEnv  []string
	allowEnv   []string
	resolveEnv bool
	pristine   bool
	strict     bool
	replace    bool

	runDir string

	reveal bool

	metricsFile string

	log cli.LogOptions

	// origins says which flags have their value from their variable; given, which were given at all.
	origins cli.Origins
	given   boot.Given
	// command is what stood after "--"; withoutCommand: nothing will be run, so a missing command is not an error.
	command        []string
	withoutCommand bool
}

func (s *settings) sourceFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&s.ssmPaths, "ssm-path", nil, "read every parameter below `PATH` of Parameter Store, recursively, decrypted; repeatable, a later path wins")
	fs.BoolVar(&s.allowRootPath, "allow-root-path", false, "let --ssm-path be /, which reads every parameter of the account")
	fs.StringArrayVar(&s.ssmParameters, "ssm-parameter", nil, "read one parameter, `[NAME=]REF`: name, ARN, name:version, name:label or /aws/reference/secretsmanager/ID; REF#key takes one key of a JSON value; repeatable")
	fs.StringVar(&s.ssmLabel, "ssm-label", "", "below the paths, only the version that has the label `LABEL`")
	fs.StringVar(&s.ssmFetch, "ssm-fetch", boot.FetchByPath, "`HOW` to read below the paths: path, or names: ask for just what the profile declares, by the names it has there")
	fs.StringArrayVar(&s.secretsDirs, "secrets-dir", nil, "each regular file of `DIR` is a parameter (Docker, Kubernetes, systemd credentials); repeatable, a later one wins")
	fs.StringArrayVar(&s.set, "set", nil, "set a parameter that is not secret, as `NAME=VALUE`; repeatable")
	fs.StringVar(&s.region, "region", "", "AWS `REGION` (default AWS_REGION, AWS_DEFAULT_REGION, the task's ARN, the instance)")
	fs.DurationVar(&s.fetchTimeout, "fetch-timeout", 5*time.Minute, "one deadline over the whole fetch, retries and waits included; 0 never gives up")
	fs.DurationVar(&s.splay, "splay", 0, "a random wait up to this before the first call, so that a fleet does not ask as one")
}

func (s *settings) profileFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.profile, "profile", boot.ProfileAuto, "a built-in profile's `NAME`, a profile file, or auto: the built-in one whose detect paths all exist; with a command and no --profile it is exec")
}

func (s *settings) execFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&s.preferEnv, "prefer-env", nil, "exec: a variable `NAME` that the container already has beats the parameter; repeatable, * as last character")
	fs.StringArrayVar(&s.allowEnv, "allow-env", nil, "exec: export a parameter whose variable `NAME` changes how programs load (PATH, LD_*, GIT_*, proxies, ...: a courtesy, not a wall); repeatable")
	fs.BoolVar(&s.resolveEnv, "resolve-env", false, "exec: a variable whose value is ssm://REF becomes that parameter (REF as in --ssm-parameter)")
	fs.BoolVar(&s.pristine, "pristine", false, "exec: start from an empty environment")
	fs.BoolVar(&s.strict, "strict", false, "exec: every variable whose value is chamberme must be replaced by a parameter")
}

// replaceFlag is for exec alone.
func (s *settings) replaceFlag(fs *pflag.FlagSet) {
	fs.BoolVar(&s.replace, "replace", false, "exec: execve the command in place of tsboot instead of supervising it")
}

func (s *settings) refreshFlags(fs *pflag.FlagSet) {
	fs.DurationVar(&s.refresh, "refresh", 0, "look for changed parameters every so often, ±10 %; 0 only at the profile's refresh signal and tsboot refresh")
	fs.DurationVar(&s.refreshProbation, "refresh-probation", 30*time.Second, "how long the agent must stay up on what a refresh brings, else the last good files are put back")
}

func (s *settings) restartFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.restart, "restart", "", "restart `POLICY` of the agent: no, on-failure or always (default the profile's, else on-failure; exec: no)")
	fs.DurationVar(&s.backoffInitial, "backoff-initial", 500*time.Millisecond, "wait before the first restart; doubled at each, ±10 % jitter")
	fs.DurationVar(&s.backoffMax, "backoff-max", 30*time.Second, "longest wait before a restart")
	fs.DurationVar(&s.backoffReset, "backoff-reset", 60*time.Second, "a run longer than this starts the backoff over")
	fs.IntVar(&s.startLimitBurst, "start-limit-burst", 10, "this many starts are allowed within start-limit-interval, the next is not made: give up; 0 never gives up")
	fs.DurationVar(&s.startLimitInterval, "start-limit-interval", 10*time.Minute, "see start-limit-burst")
}

func (s *settings) stopFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&s.stopOn, "stop-on", []string{"SIGTERM", "SIGINT"}, "a `SIGNAL` that means stop; repeatable; all others are only forwarded")
	fs.StringVar(&s.stopSignal, "stop-signal", "", "the `SIGNAL` the agent gets on stop (default the profile's, else the one that came)")
	fs.DurationVar(&s.grace, "grace", 25*time.Second, "how long after the first stop signal all that is left gets SIGKILL; 0s at once; the profile's where this is not given")
	fs.StringArrayVar(&s.signalRewrite, "signal-rewrite", nil, "take one signal for another, `FROM:TO`, before anything else looks at it; TO 0 drops it; repeatable")
	fs.StringVar(&s.signalScope, "signal-scope", string(supervisor.ScopeGroup), "`WHO` gets the signals: the agent's process group or its process alone (group, process)")
	fs.StringArrayVar(&s.exitRemap, "exit-remap", nil, "exit with TO where the agent's code is FROM, as `FROM[:TO]`; TO is 0 where it is left out; repeatable")
	fs.StringVar(&s.parentDeathSignal, "parent-death-signal", "", "the `SIGNAL` tsboot gets when its parent dies")
}

func (s *settings) processFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.user, "user", "", "run the agent and its setup as `USER[:GROUP]`, with its HOME; written files then belong to it")
	fs.StringVar(&s.workingDir, "working-dir", "", "working `DIR` of the agent and its setup (default tsboot's own)")
	fs.StringArrayVar(&s.passEnv, "pass-env", nil, "keep the variable `NAME` that would be withheld from the agent; repeatable, * as last character")
}

// runDirFlag is also for the commands that ask a running tsboot.
func (s *settings) runDirFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.runDir, flagRunDir, "/run/tsboot", "`DIR` of the control socket, by which tsboot status, health and refresh ask; empty: no socket")
}

// watchFlags are about what shows a running tsboot from outside.
func (s *settings) watchFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.metricsFile, "metrics-file", "", "write metrics to `PATH` at every change, as NAME.prom for node_exporter's textfile collector")
	s.runDirFlag(fs)
}

func (s *settings) logFlags(fs *pflag.FlagSet) {
	s.log.Flags(fs, program)
	fs.Lookup("log-level").Usage += "; of exec on a terminal the default is warn"
}

// fetchFailureFlag is for commands that keep an agent running.
func (s *settings) fetchFailureFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.onFetchFailure, "on-fetch-failure", boot.FailOnFailure, "`WHAT` to do when the deadline passes: fail, or use-existing: run on the whole files of an earlier boot and keep trying")
}

// bootFlags are the flags of the boot.
func (s *settings) bootFlags(fs *pflag.FlagSet) {
	s.profileFlag(fs)
	s.execBootFlags(fs)
}

// execBootFlags are bootFlags without the profile: exec has its own.
func (s *settings) execBootFlags(fs *pflag.FlagSet) {
	s.sourceFlags(fs)
	s.fetchFailureFlag(fs)
	s.execFlags(fs)
	s.refreshFlags(fs)
	s.restartFlags(fs)
	s.stopFlags(fs)
	s.processFlags(fs)
	s.watchFlags(fs)
	s.logFlags(fs)
}
