package boot

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// Problems are what is wrong with options: for each part the first error, of kind Usage, or nil. A boot ends with the
// first of them, check reports all.
type Problems struct{ Sources, Refresh, Restart, Stop, Process error }

// First is the error that a boot ends with, nil for none.
func (p Problems) First() error {
	return firstError(p.Sources, p.Refresh, p.Restart, p.Stop, p.Process)
}

// Validate checks what needs neither a profile nor the file system. found is what the program found wrong when it read
// the options: in each part it comes first.
func (o *Options) Validate(found Problems) Problems {
	return Problems{
		Sources: firstError(found.Sources, o.validateSources()),
		Refresh: firstError(found.Refresh, notNegative(o, "refresh", o.Refresh.Every), notNegative(o, "refresh-probation", o.Refresh.Probation)),
		Restart: firstError(found.Restart, o.validateRestart()),
		Stop:    firstError(found.Stop, o.validateStop()),
		Process: firstError(found.Process, o.validateProcess()),
	}
}

func (o *Options) validateSources() error {
	for _, path := range o.Sources.Paths {
		if err := o.validatePath(path); err != nil {
			return err
		}
	}
	for _, assignment := range o.Sources.Set {
		if name, _, ok := strings.Cut(assignment, "="); !ok || name == "" {
			return o.Given.Wrongf("set", ": want NAME=VALUE, got %q", name)
		}
	}
	for _, ref := range o.Sources.Parameters {
		if name, _, ok := strings.Cut(ref, "="); ok && secrets.IsFact(strings.ReplaceAll(strings.ToLower(name), "_", "-")) {
			return o.Given.Wrongf("ssm-parameter", " %s: %s is a fact, which nobody can set; give the parameter another name", ref, name)
		}
	}
	if o.Sources.Label != "" && o.Sources.Fetch == FetchByName {
		return o.Given.Wrongf("ssm-label", " %q: a label selects below a path, not by name; leave out this or %s %s", o.Sources.Label, o.Given.Name("ssm-fetch"), o.Sources.Fetch)
	}
	return firstError(
		o.Given.OneOf("ssm-fetch", o.Sources.Fetch, choices["ssm-fetch"]...),
		o.Given.OneOf("on-fetch-failure", o.Sources.OnFailure, orNone("on-fetch-failure")...),
		notNegative(o, "splay", o.Sources.Splay),
		notNegative(o, "fetch-timeout", o.Sources.Timeout),
		o.validateSplay(),
	)
}

// validatePath refuses what is not a path, and the root of the account without --allow-root-path.
func (o *Options) validatePath(path string) error {
	switch {
	case strings.HasPrefix(path, "arn:"):
		return o.Given.Wrongf("ssm-path", " %q: it is an ARN; write --ssm-parameter for one parameter, or the path, as in /threatstack/prod", path)
	case !strings.HasPrefix(path, "/"):
		return o.Given.Wrongf("ssm-path", " %q: a path begins with \"/\", as in /threatstack/prod", path)
	case strings.Trim(path, "/") == "" && !o.Sources.AllowRoot:
		return o.Given.Wrongf("ssm-path", " %q: this reads every parameter of the account; a variable in it may have been empty (as in /$ENV); give --allow-root-path where the whole account is meant", path)
	case strings.Contains(strings.TrimRight(path, "/"), "//"):
		return o.Given.Wrongf("ssm-path", " %q: nothing stands between two slashes; a variable in it may have been empty (as in /$ENV/prod)", path)
	case strings.ContainsAny(path, " \t\n") && o.Given.ByVariable("ssm-path"):
		return o.Given.Wrongf("ssm-path", " %q: a path has no blanks; several paths are separated by commas", path)
	case strings.ContainsAny(path, " \t\n"):
		return o.Given.Wrongf("ssm-path", " %q: a path has no blanks; several paths are separate flags, and other flags and the command are separate words", path)
	}
	return nil
}

// validateSplay refuses a wait that may be longer than the whole fetch: some hosts would fail.
func (o *Options) validateSplay() error {
	if o.Sources.Timeout == 0 || o.Sources.Splay < o.Sources.Timeout || !o.Sources.inAWS() {
		return nil
	}
	return o.Given.Wrongf("splay", " %s: the deadline of the fetch is %s; make %s longer", o.Sources.Splay, o.Sources.Timeout, o.Given.Name("fetch-timeout"))
}

func (o *Options) validateRestart() error {
	return firstError(
		o.Given.OneOf("restart", string(o.Restart.Policy), orNone("restart")...),
		notNegative(o, "backoff-initial", o.Restart.BackoffInitial),
		notNegative(o, "backoff-max", o.Restart.BackoffMax),
		o.validateBackoff(),
		notNegative(o, "backoff-reset", o.Restart.BackoffReset),
		notNegative(o, "start-limit-burst", o.Restart.StartLimitBurst),
		notNegative(o, "start-limit-interval", o.Restart.StartLimitInterval),
	)
}

// validateBackoff names what was given first: the other may be a default.
func (o *Options) validateBackoff() error {
	switch {
	case o.Restart.BackoffMax >= o.Restart.BackoffInitial:
		return nil
	case !o.Given.Has("backoff-max"):
		return o.Given.Wrongf("backoff-initial", " %s is more than the default of --backoff-max, %s", o.Restart.BackoffInitial, o.Restart.BackoffMax)
	case !o.Given.Has("backoff-initial"):
		return o.Given.Wrongf("backoff-max", " %s is less than the default of --backoff-initial, %s", o.Restart.BackoffMax, o.Restart.BackoffInitial)
	}
	return o.Given.Wrongf("backoff-max", " %s is less than %s %s", o.Restart.BackoffMax, o.Given.Name("backoff-initial"), o.Restart.BackoffInitial)
}

func (o *Options) validateStop() error {
	return firstError(
		o.Given.OneOf("signal-scope", string(o.Stop.Scope), choices["signal-scope"]...),
		notNegative(o, "grace", o.Stop.Grace),
	)
}

func (o *Options) validateProcess() error {
	e := &o.Environment
	return firstError(
		o.validatePatterns("pass-env", e.Pass), o.validatePatterns("prefer-env", e.Prefer), o.validatePatterns("allow-env", e.Allow),
		o.validateMetricsFile(),
	)
}

// validateMetricsFile finds what is no file on any machine. A directory that is missing or cannot be written is a warning
// when the boot writes.
func (o *Options) validateMetricsFile() error {
	switch _, name := filepath.Split(o.MetricsFile); {
	case o.MetricsFile == "":
		return nil
	case name == "", name == ".", name == "..":
		return o.Given.Wrongf("metrics-file", " %q: it is a directory; name a file in it, as in %s", o.MetricsFile, filepath.Join(o.MetricsFile, "tsboot.prom"))
	}
	return nil
}

func (o *Options) validatePatterns(flag string, patterns []string) error {
	for _, pattern := range patterns {
		if strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
			return o.Given.Wrongf(flag, " %q: \"*\" may only be the last character", pattern)
		}
	}
	return nil
}

// validateWorkingDir is not part of Validate: it asks the file system, which may hang.
func (b *Boot) validateWorkingDir() error {
	dir := b.options.Process.Dir
	if dir == "" {
		return nil
	}
	defer b.activity.begin("looking at " + b.options.Given.Name("working-dir") + " " + dir)()
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return b.options.Given.Wrongf("working-dir", ": %w", err)
	case !info.IsDir():
		return b.options.Given.Wrongf("working-dir", " %q: it is not a directory", dir)
	}
	return nil
}

// notNegative takes any of the numeric types of the flags.
func notNegative[T ~int | ~int64](o *Options, flag string, value T) error {
	if value < 0 {
		return o.Given.Wrongf(flag, " %v: want 0 or more", value)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
