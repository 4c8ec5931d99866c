package cli

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// DropEmpty takes the flags of the given names that were given empty as not given, and returns a warning for each that
// names the flag or variable: ${UNSET} in compose or a shell must not go unnoticed. A name that is not a flag of fs is
// skipped. Called once, after Bind; emptyVariables is from Program.Variables.
func (o *Origins) DropEmpty(fs *pflag.FlagSet, names []string, emptyVariables map[string]bool) []string {
	var warnings []string
	for _, name := range names {
		flag := fs.Lookup(name)
		if flag == nil {
			continue
		}
		empty, origin := false, o.Origin(name)
		switch list, isList := flag.Value.(pflag.SliceValue); {
		case !flag.Changed: // no flag; the variable may be there and hold nothing but commas
			empty = emptyVariables[o.Program.Variable(name)] || o.ByVariable[name]
			origin = "variable " + o.Program.Variable(name)
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

// TakeEmpty gives a flag the empty value where its variable is there and empty: for a flag that is empty on purpose, to turn
// something off. Called once, after Bind; emptyVariables is from Program.Variables.
func (o *Origins) TakeEmpty(fs *pflag.FlagSet, name string, emptyVariables map[string]bool) {
	if flag := fs.Lookup(name); flag != nil && !flag.Changed && emptyVariables[o.Program.Variable(name)] {
		o.ByVariable[name] = true
		_ = fs.Set(name, "") // a flag that may be empty
	}
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }
