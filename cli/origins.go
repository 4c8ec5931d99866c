package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// Origins says what gave each flag of a command its value. A message that blames a flag which nobody wrote sends its
// reader to the wrong file. The zero Origins knows no variable: every value came from its flag.
type Origins struct {
	Program    Program         // whose variables they are
	ByVariable map[string]bool // the flags that have their value from their variable; nil: none

	places map[string]string    // the flags that have their value from a file, with its place there
	items  map[[2]string]string // the same of the items of lists, by flag and item
}

// Place notes that a flag has its value from a file: messages about the flag begin with the place.
func (o *Origins) Place(flag, place string) {
	if o.places == nil {
		o.places = map[string]string{}
	}
	o.places[flag] = place
}

// PlaceItem does that for an item of a list.
func (o *Origins) PlaceItem(flag, item, place string) {
	if o.items == nil {
		o.items = map[[2]string]string{}
	}
	o.items[[2]string{flag, item}] = place
}

// Bind gives each flag that was not on the command line the value of its variable; a list is separated by commas.
// An error is a *UsageError that names the variable. Called once, after the flags were parsed and before any is read.
func (p Program) Bind(fs *pflag.FlagSet, variables map[string]string) (Origins, error) {
	o := Origins{Program: p, ByVariable: map[string]bool{}}
	var bindErr error
	OwnFlags(fs, func(flag *pflag.Flag) {
		value, ok := variables[p.Variable(flag.Name)]
		if bindErr != nil || !ok || flag.Changed {
			return
		}
		values := []string{value}
		if _, list := flag.Value.(pflag.SliceValue); list {
			values = SplitList(value)
		}
		o.ByVariable[flag.Name] = true
		for _, v := range values {
			if err := fs.Set(flag.Name, v); err != nil {
				bindErr = o.ReadError(err)
				return
			}
		}
	})
	return o, bindErr
}

// Name is the flag, or the variable that gave it its value: "--grace" or "TSBOOT_GRACE".
func (o *Origins) Name(flag string) string {
	if place, ok := o.places[flag]; ok {
		return place
	}
	if o.ByVariable[flag] {
		return o.Program.Variable(flag)
	}
	return "--" + flag
}

// Origin is Name as the beginning of a message: "--grace" or "variable TSBOOT_GRACE".
func (o *Origins) Origin(flag string) string {
	if place, ok := o.places[flag]; ok {
		return place
	}
	if o.ByVariable[flag] {
		return "variable " + o.Program.Variable(flag)
	}
	return "--" + flag
}

// Wrongf is a *UsageError about the value of a flag. It begins with the origin; the format follows without a blank.
func (o *Origins) Wrongf(flag, format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf("%s"+format, append([]any{o.Origin(flag)}, args...)...)}
}

// WrongItemf is Wrongf about one of the values of a flag: a file has a place for each.
func (o *Origins) WrongItemf(flag, item, format string, args ...any) error {
	place, ok := o.items[[2]string{flag, item}]
	if !ok {
		return o.Wrongf(flag, format, args...)
	}
	return &UsageError{Err: fmt.Errorf("%s"+format, append([]any{place}, args...)...)}
}

// ReadError words what the flag library says about a value that it cannot read. It is a *UsageError.
func (o *Origins) ReadError(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return o.unreadable(invalid)
	}
	return &UsageError{Err: err}
}

// unreadable is about a value that is not of the flag's type.
func (o *Origins) unreadable(err *pflag.InvalidValueError) error {
	flag := err.GetFlag()
	switch flag.Value.Type() {
	case "duration":
		return o.Wrongf(flag.Name, " %q: want a duration, as in 90s or 1m30s", err.GetValue())
	case "bool":
		return o.Wrongf(flag.Name, " %q: want true, false, 1 or 0", err.GetValue())
	case "int":
		return o.Wrongf(flag.Name, " %q: want a whole number", err.GetValue())
	case "float64":
		return o.Wrongf(flag.Name, " %q: want a number, as in 0.001", err.GetValue())
	}
	return o.Wrongf(flag.Name, " %q: %w", err.GetValue(), errors.Unwrap(err))
}
