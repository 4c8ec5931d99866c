package main

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"
)

// variablePrefix begins the name of every environment variable that stands for a flag.
const variablePrefix = "TSBOOT_"

// variableName is the environment variable of a flag: --ssm-path is TSBOOT_SSM_PATH.
func variableName(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// tsbootVariables picks the TSBOOT_ variables out of environ, those that are empty apart: they count as unset. An entry
// without "=" is none. Of a name that stands twice the first wins, as getenv(3) has it.
func tsbootVariables(environ []string) (given map[string]string, empty map[string]bool) {
	given, empty = map[string]string{}, map[string]bool{}
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if _, seen := given[name]; seen || empty[name] || !ok || !strings.HasPrefix(name, variablePrefix) {
			continue
		}
		if value == "" {
			empty[name] = true
		} else {
			given[name] = value
		}
	}
	return given, empty
}

// ownFlags calls visit for each flag that tsboot itself defines: --help and --version are the flag library's, and
// their variables would be somebody else's (TSBOOT_VERSION in an image).
func ownFlags(fs *pflag.FlagSet, visit func(*pflag.Flag)) {
	fs.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "help" && flag.Name != "version" {
			visit(flag)
		}
	})
}

// bindVariables gives each flag that was not on the command line the value of its variable; a list is
// separated by commas.
func (s *settings) bindVariables(fs *pflag.FlagSet, variables map[string]string) error {
	s.byVariable = map[string]bool{}
	var bindErr error
	ownFlags(fs, func(flag *pflag.Flag) {
		value, ok := variables[variableName(flag.Name)]
		if bindErr != nil || !ok || flag.Changed {
			return
		}
		values := []string{value}
		if _, list := flag.Value.(pflag.SliceValue); list {
			values = splitList(value)
		}
		s.byVariable[flag.Name] = true
		for _, v := range values {
			if err := fs.Set(flag.Name, v); err != nil {
				bindErr = s.readError(err)
				return
			}
		}
	})
	return bindErr
}

// readError words what the flag library says of a value that it cannot read.
func (s *settings) readError(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return s.unreadable(invalid)
	}
	return &usageError{err}
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
