package cli

import (
	"strings"

	"github.com/spf13/pflag"
)

// GivenWords are the flags of fs that were given, on the command line or by a variable, as the words of a command line, in
// the order in which they are defined. wanted says which flags count.
func GivenWords(fs *pflag.FlagSet, wanted func(name string) bool) []string {
	var words []string
	OwnFlags(fs, func(flag *pflag.Flag) {
		if !flag.Changed || !wanted(flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if repeated, ok := flag.Value.(pflag.SliceValue); ok {
			values = repeated.GetSlice()
		}
		for _, value := range values {
			words = append(words, flagWords(flag, value)...)
		}
	})
	return words
}

// flagWords are the words of one flag; a value that looks like another flag, and an empty one, stay in one word with it.
func flagWords(flag *pflag.Flag, value string) []string {
	name := "--" + flag.Name
	switch {
	case flag.NoOptDefVal != "" && value == flag.NoOptDefVal:
		return []string{name}
	case flag.NoOptDefVal != "" || value == "" || strings.HasPrefix(value, "-"):
		return []string{name + "=" + value}
	}
	return []string{name, value}
}
