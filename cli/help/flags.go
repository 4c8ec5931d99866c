package help

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Section is a heading of flags with the names of the flags that belong under it.
type Section struct {
	Heading string
	Flags   []string
}

// SectionOf is the section of the flags that define adds.
func SectionOf(heading string, define ...func(*pflag.FlagSet)) Section {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	for _, add := range define {
		add(fs)
	}
	s := Section{Heading: heading}
	fs.VisitAll(func(flag *pflag.Flag) { s.Flags = append(s.Flags, flag.Name) })
	return s
}

// Group is flags under one heading.
type Group struct {
	Heading string
	Flags   []Flag
}

// Flag is what help says about one flag.
type Flag struct {
	Name, Shorthand string
	Value           string // what stands for its value, as PATH; "": it takes none
	Meaning         string
	Default         string // "": there is none
}

// What stands for a value where the meaning of the flag has no word for it.
const (
	valueOfDuration = "D"
	valueOfNumber   = "N"
)

// Groups sorts the flags of a command under headings: its own, which no section has, first; then the sections in their order.
// --help and --version are left out: every reader knows them.
func Groups(fs *pflag.FlagSet, own string, sections []Section) []Group {
	groups := []Group{{Heading: own}}
	for _, section := range sections {
		groups = append(groups, Group{Heading: section.Heading})
	}
	fs.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" || flag.Name == "version" {
			return
		}
		i := 1 + slices.IndexFunc(sections, func(s Section) bool { return slices.Contains(s.Flags, flag.Name) })
		groups[i].Flags = append(groups[i].Flags, flagOf(flag))
	})
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Flags) == 0 })
}

var (
	defaultInText = lazy(` \(default ([^)]*)\)`)
	zeroSeconds   = lazy(`([hm])0s$`) // at the end of a duration as Go writes it
)

// flagOf takes the default out of the meaning where it is said in words there.
func flagOf(flag *pflag.Flag) Flag {
	value, meaning := pflag.UnquoteUsage(flag)
	switch value {
	case "duration":
		value = valueOfDuration
	case "int":
		value = valueOfNumber
	}
	f := Flag{Name: flag.Name, Shorthand: flag.Shorthand, Value: value, Meaning: meaning, Default: defaultText(flag)}
	if said := defaultInText().FindStringSubmatch(meaning); said != nil {
		f.Default, f.Meaning = said[1], strings.Replace(meaning, said[0], "", 1)
	}
	return f
}

// defaultText leaves out what means "not given".
func defaultText(flag *pflag.Flag) string {
	switch text := flag.DefValue; {
	case slices.Contains([]string{"", "false", "0", "0s", "[]"}, text):
		return ""
	case flag.Value.Type() == "duration":
		return zeroSeconds().ReplaceAllString(text, "$1")
	default:
		return strings.Trim(text, "[]")
	}
}
