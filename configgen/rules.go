package configgen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kballard/go-shellquote"
)

// A refusal says which rule a value breaks and what to do. It has no secret in it.
type refusal struct{ what, fix string }

// typed is a value in its parameter's type.
type typed struct {
	text string   // as it stands in a string
	any  any      // string, int64 or bool; nil for lists
	list []string // of lists
}

// A display gives a value for a message: quoted, with a space after it, or "" for a
// secret.
type display func(string) string

// check converts a value to its type and checks it by the rules.
func (d *Parameter) check(text string, show display) (typed, *refusal) {
	v, err := d.convert(text, show)
	if err != nil {
		return typed{}, err
	}
	items := []string{v.text}
	if d.Type.many() {
		items = v.list
	}
	for _, item := range items {
		if d.Pattern != nil && !d.Pattern.MatchString(item) {
			return typed{}, &refusal{
				what: fmt.Sprintf("%sdoes not match the pattern %s", show(item), d.Pattern),
				fix:  "correct the value" + hint(item),
			}
		}
		if len(d.Enum) > 0 && !slices.Contains(d.Enum, item) {
			return typed{}, &refusal{
				what: show(item) + "is not one of the allowed values",
				fix:  d.allowed(item, show),
			}
		}
	}
	return v, nil
}

func (d *Parameter) convert(text string, show display) (typed, *refusal) {
	switch d.Type {
	case Int:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil || strconv.FormatInt(i, 10) != text {
			return typed{}, &refusal{show(text) + "is not a whole number", "write digits, without '+' and leading zeros, within 64 bits"}
		}
		return typed{text: text, any: i}, nil
	case Bool:
		switch text {
		case "true", "1":
			return typed{text: "true", any: true}, nil
		case "false", "0":
			return typed{text: "false", any: false}, nil
		}
		return typed{}, &refusal{show(text) + "is neither true nor false", "write true, false, 1 or 0"}
	case List:
		return typed{text: text, list: splitList(text)}, nil
	case Words:
		words, err := splitWords(text)
		if err != nil {
			return typed{}, &refusal{fmt.Sprintf("%scannot be split into words: %v", show(text), err), "close the quote, or put a backslash before it"}
		}
		return typed{text: text, list: words}, nil
	}
	return typed{text: text, any: text}, nil
}

// splitWords splits a string into words as a shell does, by spaces, quotes and
// backslashes. It evaluates nothing: no variable, no wildcard, no command.
func splitWords(s string) ([]string, error) {
	words, err := shellquote.Split(s)
	if err != nil {
		return nil, fmt.Errorf("%s", strings.ToLower(err.Error()))
	}
	return words, nil
}

// splitList splits at commas. It drops white space around items, and empty items.
func splitList(s string) []string {
	list := []string{}
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// quote is the display of a value that is not secret.
func quote(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "..."
	}
	return strconv.Quote(s) + " "
}

// conceal is the display of a secret.
func conceal(string) string { return "" }

func (d *Parameter) allowed(s string, show display) string {
	if show(s) == "" {
		return "give one of " + strings.Join(d.Enum, ", ")
	}
	return nearest(s, d.Enum)
}

// hint describes a value that the message does not show.
func hint(s string) string {
	switch {
	case s == "":
		return "; it is empty"
	case strings.ContainsAny(s, "\r\n"):
		return "; it holds a line break"
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "; it holds white space"
	case len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]:
		return "; it is in quotes"
	case !utf8.ValidString(s):
		return "; it is not UTF-8"
	}
	return fmt.Sprintf("; it is %d characters long", utf8.RuneCountInString(s))
}
