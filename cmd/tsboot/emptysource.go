package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// sourceFlagNames are the flags that name something to read.
var sourceFlagNames = []string{"ssm-path", "ssm-parameter", "ssm-label", "secrets-dir", "set", "resolve-env"}

// dropEmptySources removes sources that were given empty, and returns a warning for each that names flag or variable:
// ${UNSET} in compose or a shell must not silently become a boot without its parameters.
func (s *settings) dropEmptySources(fs *pflag.FlagSet, emptyVariables map[string]bool) []string {
	var warnings []string
	for _, name := range sourceFlagNames {
		flag := fs.Lookup(name)
		if flag == nil {
			continue
		}
		empty, origin := false, s.origins.Origin(name)
		switch list, isList := flag.Value.(pflag.SliceValue); {
		case !flag.Changed: // no flag; the variable may be there and hold nothing but commas
			empty = emptyVariables[program.Variable(name)] || s.origins.ByVariable[name]
			origin = "variable " + program.Variable(name)
		case isList:
			given := list.GetSlice()
			kept := slices.DeleteFunc(slices.Clone(given), isBlank)
			empty = len(kept) < len(given)
			_ = list.Replace(kept) // a list of strings takes every string
		case flag.Value.Type() == "string" && isBlank(flag.Value.String()):
			empty = true
			_ = flag.Value.Set("")
		}
		if empty {
			warnings = append(warnings, origin+" is empty and counts as not given")
		}
	}
	return warnings
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
