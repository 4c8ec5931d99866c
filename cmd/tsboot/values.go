package main

import (
	"github.com/tsboot/tsboot/boot/commandline"
	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/manifest"
)

// completions are the values that a shell completes.
func completions() map[string]cli.Values {
	dir, file := cli.Values{Dirs: true}, cli.Values{Files: true}
	all := map[string]cli.Values{
		"--log-level": {Words: cli.LogLevels()}, "--log-format": {Words: cli.LogFormats()},
		"export --format": {Words: configgen.ExportFormats()}, "iam-policy --format": {Words: policyFormats},
		"--secrets-dir": dir, "--working-dir": dir, "--run-dir": dir, "--metrics-file": file, "--output-file": file,
		"manifest":      {Words: manifest.Kinds()},
		"profiles show": {Words: profile.BuiltinNames()}, "profiles test": {Words: profile.BuiltinNames(), Files: true},
	}
	for flag, words := range commandline.FlagWords() {
		all["--"+flag] = cli.Values{Words: words, Files: flag == "profile", Pairs: flag == "signal-rewrite"}
	}
	return all
}
