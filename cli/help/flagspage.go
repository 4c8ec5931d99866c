package help

import (
	"fmt"
	"strings"
)

// FlagTable is a table of flags in Markdown: each with its variable, default and meaning.
func FlagTable(flags []Flag, variable func(flag string) string) string {
	var b strings.Builder
	b.WriteString("| flag | variable | default | meaning |\n|---|---|---|---|\n")
	for _, f := range flags {
		given := "`" + f.Given() + "`"
		if f.Shorthand != "" {
			given = "`-" + f.Shorthand + "`, " + given
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", given, variable(f.Name), f.defaultWord(), strings.ReplaceAll(f.Meaning, "|", `\|`))
	}
	return b.String()
}

// Given is the flag as it is given: "--ssm-path PATH".
func (f Flag) Given() string { return strings.TrimSpace("--" + f.Name + " " + f.Value) }

// defaultWord says "not given" in a word.
func (f Flag) defaultWord() string {
	switch {
	case f.Default != "":
		return f.Default
	case f.Value == "":
		return "off"
	case f.Value == valueOfDuration, f.Value == valueOfNumber:
		return "0"
	}
	return "none"
}
