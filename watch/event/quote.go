package event

import "strings"

// commandLine is args as one line that a POSIX shell splits into exactly args again.
func commandLine(args []string) string {
	size := 0
	for _, a := range args {
		size += len(a) + 3
	}
	var b strings.Builder
	b.Grow(size)
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if needsQuotes(a) || i == 0 && meansMore(a) {
			quote(&b, a)
		} else {
			b.WriteString(a)
		}
	}
	return b.String()
}

// bare are the bytes that mean nothing to any shell, wherever they stand in a word.
var bare = func() (table [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") {
		table[c] = true
	}
	return table
}()

func needsQuotes(word string) bool {
	if word == "" {
		return true
	}
	for i := range len(word) {
		if !bare[word[i]] {
			return true
		}
	}
	return false
}

// meansMore is whether a first word of bare bytes would not be run as a command: an assignment, or a word of the shell's
// own.
func meansMore(word string) bool {
	if strings.Contains(word, "=") {
		return true
	}
	switch word {
	case "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then",
		"time", "until", "while":
		return true
	}
	return false
}

// quote puts word between single quotes; a single quote ends them, stands behind a backslash, and begins them again.
func quote(b *strings.Builder, word string) {
	b.WriteByte('\'')
	for {
		before, after, found := strings.Cut(word, "'")
		b.WriteString(before)
		if !found {
			break
		}
		b.WriteString(`'\''`)
		word = after
	}
	b.WriteByte('\'')
}
