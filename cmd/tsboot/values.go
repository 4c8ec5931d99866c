package main

import (
	"path"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/profile"
)

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
