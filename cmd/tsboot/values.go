package main

import (
	"path"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/manifest"
	"github.com/tsboot/tsboot/supervisor"
)

// completions are the values that a shell completes.
func completions() map[string]cli.Values {
	profiles, signal, dir := profile.BuiltinNames(), cli.Values{Words: boot.SignalNames()}, cli.Values{Dirs: true}
	return map[string]cli.Values{
		"--profile":             {Words: append([]string{boot.ProfileAuto}, profiles...), Files: true},
		"--ssm-fetch":           {Words: []string{boot.FetchByPath, boot.FetchByName}},
		"--on-fetch-failure":    {Words: []string{boot.FailOnFailure, boot.UseExistingOnFailure}},
		"--restart":             {Words: []string{string(supervisor.RestartNo), string(supervisor.RestartOnFailure), string(supervisor.RestartAlways)}},
		"--signal-scope":        {Words: []string{string(supervisor.ScopeGroup), string(supervisor.ScopeProcess)}},
		"--stop-on":             signal,
		"--stop-signal":         signal,
		"--parent-death-signal": signal,
		"--signal-rewrite":      {Words: signal.Words, Pairs: true},
		"--log-level":           {Words: cli.LogLevels()},
		"--log-format":          {Words: cli.LogFormats()},
		"export --format":       {Words: configgen.ExportFormats()},
		"iam-policy --format":   {Words: policyFormats},
		"--secrets-dir":         dir,
		"--working-dir":         dir,
		"--run-dir":             dir,
		"--metrics-file":        {Files: true},
		"--output-file":         {Files: true},
		"manifest":              {Words: manifest.Kinds()},
		"profiles show":         {Words: profiles},
		"profiles test":         {Words: profiles, Files: true},
	}
}

// flagOf gives a bare word its flag where it can be nothing else: a path, an ARN, a directory of secrets, a profile.
func flagOf(word string) []string {
	switch {
	case strings.HasPrefix(word, "arn:"):
		return []string{"--ssm-parameter", word}
	case strings.HasPrefix(word, "/run/secrets"), strings.HasPrefix(word, "/etc/secrets"):
		return []string{"--secrets-dir", word}
	case slices.Contains([]string{".yaml", ".yml"}, path.Ext(word)), slices.Contains(profile.BuiltinNames(), word):
		return []string{"--profile", word}
	case strings.Contains(word, "/") && !strings.Contains(word, ":"):
		return []string{"--ssm-path", "/" + strings.TrimPrefix(word, "/")}
	}
	return nil
}
