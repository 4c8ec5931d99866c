package cli

import (
	"slices"
	"testing"
)

func TestLine(t *testing.T) {
	for _, test := range []struct {
		args, flags, command []string
	}{
		{[]string{"--region", "r"}, []string{"--region", "r"}, nil},
		{[]string{"exec", "--", "a", "--", "b"}, []string{"exec"}, []string{"a", "--", "b"}},
		{[]string{"--"}, []string{}, []string{}},
		{[]string{"__complete", "exec", "--", ""}, []string{"__complete", "exec", "--", ""}, nil},
	} {
		line := tsboot.Line(test.args)
		flags, command := line.Words, line.Command
		if !slices.Equal(flags, test.flags) || !slices.Equal(command, test.command) || (command == nil) != (test.command == nil) {
			t.Errorf("%q: got %q and %q, want %q and %q", test.args, flags, command, test.flags, test.command)
		}
	}
}
