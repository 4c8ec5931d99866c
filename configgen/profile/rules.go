package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/configgen/format"
)

// Typed is a value in its parameter's type.
type Typed struct {
	Text string   // as it stands in a string
	Any  any      // string, int64, float64, bool, format.Object, or a []any of int64; nil for lists of strings
	List []string // of lists
}

// A Display gives a value for a message: quoted, with a space after it, or "" for a
// secret.
type Display func(string) string

// Check converts a value to its type and checks it by the rules.
func (d *Parameter) Check(text string, show Display) (Typed, *format.Refusal) {
	v, err := d.convert(text, show)
	if err != nil {
		return Typed{}, err
	}
	for _, item := range plainValues(v) {
		if d.Pattern != nil && !d.Pattern.MatchString(item) {
			return Typed{}, &format.Refusal{
				What: fmt.Sprintf("%sdoes not match the pattern %s", show(item), d.Pattern),
				Fix:  "correct the value" + hint(item),
			}
		}
		if len(d.Enum) > 0 && !slices.Contains(d.Enum, item) {
			return Typed{}, &format.Refusal{
				What: show(item) + "is not one of the allowed values",
				Fix:  d.allowed(item, show),
			}
		}
	}
	return v, nil
}

// split splits a list at its separator. It drops white space around items, and empty
// items.
func (d *Parameter) split(s string) []string {
	list := []string{}
	for item := range strings.SplitSeq(s, d.separator()) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// separator is what stands between the items of a list.
func (d *Parameter) separator() string {
	if d.Separator == "" {
		return ","
	}
	return d.Separator
}

// Quote is the display of a value that is not secret.
func Quote(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "..."
	}
	return strconv.Quote(s) + " "
}

// Conceal is the display of a secret.
func Conceal(string) string { return "" }

func (d *Parameter) allowed(s string, show Display) string {
	if show(s) == "" {
		return "give one of " + strings.Join(d.Enum, ", ")
	}
	return strictyaml.Nearest(s, d.Enum)
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
