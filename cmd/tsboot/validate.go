package main

import (
	"os"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/supervisor"
)

// validate checks what the flags and variables say, as far as that can be told without a profile.
// What it returns is a usage error.
func (s *settings) validate() error {
	checks := []func() error{s.validateSources, s.validateRestart, s.validateStop, s.validateProcess}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *settings) validateSources() error {
	for i, path := range s.ssmPaths {
		if err := s.validatePath(path); err != nil {
			return err
		}
		if s.ssmPaths[i] = strings.TrimRight(path, "/"); s.ssmPaths[i] == "" {
			s.ssmPaths[i] = "/"
		}
	}
	for _, assignment := range s.set {
		if name, _, ok := strings.Cut(assignment, "="); !ok || name == "" {
			return s.wrongf("set", ": want NAME=VALUE, got %q", name)
		}
	}
	if s.ssmLabel != "" && s.ssmFetch == fetchByName {
		return s.wrongf("ssm-label", " %q: a label selects below a path, not by name; leave out this or %s %s", s.ssmLabel, s.name("ssm-fetch"), s.ssmFetch)
	}
	return firstError(
		s.oneOf("ssm-fetch", s.ssmFetch, fetchByPath, fetchByName),
		s.oneOf("on-fetch-failure", s.onFetchFailure, "", fetchFail, fetchUseExisting),
		notNegative(s, "splay", s.splay),
		notNegative(s, "fetch-timeout", s.fetchTimeout),
		s.validateSplay(),
	)
}

// validatePath refuses what is not a path, and the root of the account where nobody asked for it.
func (s *settings) validatePath(path string) error {
	switch {
	case strings.HasPrefix(path, "arn:"):
		return s.wrongf("ssm-path", " %q: it is an ARN; write --ssm-parameter for one parameter, or the path, as in /threatstack/prod", path)
	case !strings.HasPrefix(path, "/"):
		return s.wrongf("ssm-path", " %q: a path begins with \"/\", as in /threatstack/prod", path)
	case strings.Trim(path, "/") == "" && !s.allowRootPath:
		return s.wrongf("ssm-path", " %q: this reads every parameter of the account; a variable in it may have been empty (as in /$ENV); give --allow-root-path where the whole account is meant", path)
	case strings.Contains(strings.TrimRight(path, "/"), "//"):
		return s.wrongf("ssm-path", " %q: nothing stands between two slashes; a variable in it may have been empty (as in /$ENV/prod)", path)
	case strings.ContainsAny(path, " \t\n") && s.origins.ByVariable["ssm-path"]:
		return s.wrongf("ssm-path", " %q: a path has no blanks; several paths are separated by commas", path)
	case strings.ContainsAny(path, " \t\n"):
		return s.wrongf("ssm-path", " %q: a path has no blanks; several paths are separate flags, and other flags and the command are separate words", path)
	}
	return nil
}

// validateSplay: a wait that may outlast the whole fetch would let some of the hosts fail.
func (s *settings) validateSplay() error {
	if s.fetchTimeout == 0 || s.splay < s.fetchTimeout || len(s.ssmPaths)+len(s.ssmParameters) == 0 && !s.resolveEnv {
		return nil
	}
	return s.wrongf("splay", " %s: the deadline of the fetch is %s; make %s longer", s.splay, s.fetchTimeout, s.name("fetch-timeout"))
}

func (s *settings) validateRestart() error {
	return firstError(
		s.oneOf("restart", s.restart, "", "no", "on-failure", "always"),
		notNegative(s, "backoff-initial", s.backoffInitial),
		notNegative(s, "backoff-max", s.backoffMax),
		s.validateBackoff(),
		notNegative(s, "backoff-reset", s.backoffReset),
		notNegative(s, "start-limit-burst", s.startLimitBurst),
		notNegative(s, "start-limit-interval", s.startLimitInterval),
	)
}

// validateBackoff blames what was given: the other one may be a default.
func (s *settings) validateBackoff() error {
	switch {
	case s.backoffMax >= s.backoffInitial:
		return nil
	case !s.explicit("backoff-max"):
		return s.wrongf("backoff-initial", " %s is more than the default of --backoff-max, %s", s.backoffInitial, s.backoffMax)
	case !s.explicit("backoff-initial"):
		return s.wrongf("backoff-max", " %s is less than the default of --backoff-initial, %s", s.backoffMax, s.backoffInitial)
	}
	return s.wrongf("backoff-max", " %s is less than %s %s", s.backoffMax, s.name("backoff-initial"), s.backoffInitial)
}

func (s *settings) validateStop() error {
	if _, err := s.stopRules(); err != nil {
		return err
	}
	return firstError(
		s.oneOf("signal-scope", s.signalScope, string(supervisor.ScopeGroup), string(supervisor.ScopeProcess)),
		notNegative(s, "grace", s.grace),
	)
}

func (s *settings) validateProcess() error {
	if s.command != nil && len(s.command) == 0 {
		return usagef("no command after \"--\"")
	}
	if s.user != "" {
		if _, err := supervisor.LookupIdentity(s.user); err != nil {
			return s.wrongf("user", ": %w", err)
		}
	}
	return firstError(s.validatePatterns("pass-env", s.passEnv), s.validatePatterns("prefer-env", s.preferEnv), s.validatePatterns("allow-env", s.allowEnv))
}

func (s *settings) validatePatterns(flag string, patterns []string) error {
	for _, pattern := range patterns {
		if strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
			return s.wrongf(flag, " %q: \"*\" may only be the last character", pattern)
		}
	}
	return nil
}

// validateWorkingDir is not part of validate: it asks the file system, which may hang.
func (a *app) validateWorkingDir() error {
	dir := a.settings.workingDir
	if dir == "" {
		return nil
	}
	defer a.activity.begin("looking at " + a.settings.name("working-dir") + " " + dir)()
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return a.settings.wrongf("working-dir", ": %w", err)
	case !info.IsDir():
		return a.settings.wrongf("working-dir", " %q: it is not a directory", dir)
	}
	return nil
}

// oneOf lets in the allowed words; the empty one among them is a flag that was not given.
func (s *settings) oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) && (value != "" || !s.explicit(flag)) {
		return nil
	}
	allowed = slices.DeleteFunc(allowed, func(word string) bool { return word == "" })
	return s.wrongf(flag, " %q: want one of %s", value, strings.Join(allowed, ", "))
}

// notNegative takes any of the numeric types of the flags.
func notNegative[T ~int | ~int64](s *settings, flag string, value T) error {
	if value < 0 {
		return s.wrongf(flag, " %v: want 0 or more", value)
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
