package main

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/go-hclog"

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

// validateLog comes first and alone, so that all later errors are reported in the format asked for.
func (s *settings) validateLog() error {
	if hclog.LevelFromString(s.logLevel) == hclog.NoLevel {
		return usagef("--log-level %q: want trace, debug, info, warn or error", s.logLevel)
	}
	return oneOf(flagLogFormat, s.logFormat, formatText, formatJSON)
}

func (s *settings) validateSources() error {
	for i, path := range s.ssmPaths {
		if !strings.HasPrefix(path, "/") {
			return usagef("--ssm-path %q: a path begins with \"/\", as in /threatstack/prod", path)
		}
		if trimmed := strings.TrimRight(path, "/"); trimmed != "" {
			s.ssmPaths[i] = trimmed
		} else {
			s.ssmPaths[i] = "/"
		}
	}
	if err := oneOf("ssm-fetch", s.ssmFetch, fetchByPath, fetchByName); err != nil {
		return err
	}
	if s.onFetchFailure != "" {
		if err := oneOf("on-fetch-failure", s.onFetchFailure, fetchFail, fetchUseExisting); err != nil {
			return err
		}
	}
	if err := notNegative("splay", s.splay); err != nil {
		return err
	}
	for _, assignment := range s.set {
		if name, _, ok := strings.Cut(assignment, "="); !ok || name == "" {
			return usagef("--set: want NAME=VALUE, got %q", name)
		}
	}
	return notNegative("fetch-timeout", s.fetchTimeout)
}

func (s *settings) validateRestart() error {
	if s.restart != "" {
		if err := oneOf("restart", s.restart, "no", "on-failure", "always"); err != nil {
			return err
		}
	}
	if err := notNegative("backoff-initial", s.backoffInitial); err != nil {
		return err
	}
	if s.backoffMax < s.backoffInitial {
		return usagef("--backoff-max %s is less than --backoff-initial %s", s.backoffMax, s.backoffInitial)
	}
	if err := notNegative("backoff-reset", s.backoffReset); err != nil {
		return err
	}
	if s.startLimitBurst < 0 {
		return usagef("--start-limit-burst %d: want 0 (never give up) or more", s.startLimitBurst)
	}
	return notNegative("start-limit-interval", s.startLimitInterval)
}

func (s *settings) validateStop() error {
	if _, err := s.stopRules(); err != nil {
		return err
	}
	if err := oneOf("signal-scope", s.signalScope, string(supervisor.ScopeGroup), string(supervisor.ScopeProcess)); err != nil {
		return err
	}
	return notNegative("grace", s.grace)
}

func (s *settings) validateProcess() error {
	if s.command != nil && len(s.command) == 0 {
		return usagef("no command after \"--\"")
	}
	if s.user != "" {
		if _, err := supervisor.LookupIdentity(s.user); err != nil {
			return usagef("--user: %w", err)
		}
	}
	if s.workingDir != "" {
		if info, err := os.Stat(s.workingDir); err != nil {
			return usagef("--working-dir: %w", err)
		} else if !info.IsDir() {
			return usagef("--working-dir %q: it is not a directory", s.workingDir)
		}
	}
	for flag, patterns := range map[string][]string{"pass-env": s.passEnv, "prefer-env": s.preferEnv, "allow-env": s.allowEnv} {
		for _, pattern := range patterns {
			if strings.Contains(strings.TrimSuffix(pattern, "*"), "*") {
				return usagef("--%s %q: \"*\" may only be the last character", flag, pattern)
			}
		}
	}
	return nil
}

func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return usagef("--%s %q: want one of %s", flag, value, strings.Join(allowed, ", "))
}

// notNegative takes any of the numeric types of the flags.
func notNegative[T ~int | ~int64](flag string, value T) error {
	if value < 0 {
		return usagef("--%s %v: want 0 or more", flag, value)
	}
	return nil
}
