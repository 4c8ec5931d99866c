// Package commandline knows what people may write after the flags of a boot: the words that a shell completes, and the flag that
// a word which stands alone belongs to. A boot itself does not need it.
package commandline

import (
	"path"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// FlagWords are the words that the flags of a boot know, by flag.
func FlagWords() map[string][]string {
	all := map[string][]string{"profile": append([]string{boot.ProfileAuto}, profile.BuiltinNames()...)}
	for _, flag := range []string{"ssm-fetch", "on-fetch-failure", "restart", "signal-scope"} {
		all[flag] = boot.Choices(flag)
	}
	for _, flag := range []string{"stop-on", "stop-signal", "parent-death-signal", "signal-rewrite"} {
		all[flag] = supervisor.SignalNames()
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
