package cli

import (
	"os"
	"slices"
	"strings"
)

// OneOf is the error about a value of a flag that is none of the known words, or nil.
func (o *Origins) OneOf(flag, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return o.unknownWord(flag, word, known)
}

// unknownWord is the error about a word that is none of those that a flag knows.
func (o *Origins) unknownWord(flag, word string, known []string) error {
	text := ""
	if near := o.Program.Near(word, known); near != "" {
		text = "; the nearest is " + near
	}
	return o.Wrongf(flag, " %q: want one of %s%s", word, strings.Join(known, ", "), text)
}

// Directory is the error about a value of a flag, or about one of them, that is not a directory, or nil.
func (o *Origins) Directory(flag, dir string) error {
	info, err := os.Stat(dir)
	switch {
	case dir == "":
		return o.WrongItemf(flag, dir, ` "": want a directory`)
	case err != nil:
		return o.WrongItemf(flag, dir, ": %w", err)
	case !info.IsDir():
		return o.WrongItemf(flag, dir, " %s: is not a directory", dir)
	}
	return nil
}
