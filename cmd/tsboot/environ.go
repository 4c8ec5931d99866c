package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
)

// variablePrefix begins the name of every environment variable that stands for a flag.
const variablePrefix = "TSBOOT_"

// variableName is the environment variable of a flag: --ssm-path is TSBOOT_SSM_PATH.
func variableName(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// tsbootVariables picks the TSBOOT_ variables out of environ. An entry without "=" is none, and an empty
// variable counts as unset. Of a name that stands twice the first wins, as getenv(3) has it.
func tsbootVariables(environ []string) map[string]string {
	found := map[string]string{}
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if _, seen := found[name]; seen || !ok || value == "" || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		found[name] = value
	}
	return found
}

// bindVariables gives each flag that was not on the command line the value of its variable; a list is
// separated by commas.
func bindVariables(fs *pflag.FlagSet, variables map[string]string) error {
	var bindErr error
	fs.VisitAll(func(flag *pflag.Flag) {
		name := variableName(flag.Name)
		value, ok := variables[name]
		if bindErr != nil || !ok || flag.Changed {
			return
		}
		values := []string{value}
		if _, list := flag.Value.(pflag.SliceValue); list {
			values = splitList(value)
		}
		for _, v := range values {
			if err := fs.Set(flag.Name, v); err != nil {
				bindErr = usagef("variable %s: %w", name, err)
				return
			}
		}
	})
	return bindErr
}

func splitList(value string) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// unknownVariables says, for each TSBOOT_ variable that matches no flag of any command, which one it is
// nearest to. Kubernetes and Docker links make such names (TSBOOT_PORT), so they are a warning, not an error.
func unknownVariables(variables map[string]string, flags []string) []string {
	known := make(map[string]bool, len(flags))
	for _, flag := range flags {
		known[variableName(flag)] = true
	}
	var warnings []string
	for name := range variables {
		if !known[name] {
			warnings = append(warnings, fmt.Sprintf("%s is not a variable of tsboot; the nearest is %s", name, nearest(name, known)))
		}
	}
	sort.Strings(warnings)
	return warnings
}

func nearest(name string, known map[string]bool) string {
	best, distance := "", -1
	for candidate := range known {
		d := levenshtein.ComputeDistance(name, candidate)
		if distance < 0 || d < distance || d == distance && candidate < best {
			best, distance = candidate, d
		}
	}
	return best
}
