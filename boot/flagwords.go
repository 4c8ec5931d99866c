package boot

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// oneOf are the words of the flags that take one of a few.
var oneOf = map[string][]string{
	"ssm-fetch":        {FetchByPath, FetchByName},
	"on-fetch-failure": {FailOnFailure, UseExistingOnFailure},
	"restart":          {string(supervisor.RestartNo), string(supervisor.RestartOnFailure), string(supervisor.RestartAlways)},
	"signal-scope":     {string(supervisor.ScopeGroup), string(supervisor.ScopeProcess)},
}

// orNone are the words of a flag, and the empty one of a flag that was not given.
func orNone(flag string) []string { return append([]string{""}, oneOf[flag]...) }

// FlagWords are the words that the flags of a boot know, by flag.
func FlagWords() map[string][]string {
	all := maps.Clone(oneOf)
	all["profile"] = append([]string{ProfileAuto}, profile.BuiltinNames()...)
	for _, flag := range []string{"stop-on", "stop-signal", "parent-death-signal", "signal-rewrite"} {
		all[flag] = SignalNames()
	}
	return all
}

// FlagOf gives a word that stands alone its flag, where it can be nothing else than the value of one: a path, an ARN, a
// directory of secrets, a profile. It is nil for any other word.
func FlagOf(word string) []string {
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
