package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// strayTree is a program with a command that runs one, a command with an argument, and one that takes only flags.
func strayTree() *cobra.Command {
	root := &cobra.Command{Use: "tsboot [flags] [-- command [arg...]]"}
	run := &cobra.Command{Use: "exec [flags] -- command [arg...]", Run: func(*cobra.Command, []string) {}}
	kind := &cobra.Command{Use: "manifest KIND [flags] [-- command [arg...]]", Run: func(*cobra.Command, []string) {}}
	plain := &cobra.Command{Use: "status [flags]", Run: func(*cobra.Command, []string) {}}
	root.AddCommand(run, kind, plain)
	for _, cmd := range []*cobra.Command{root, run, kind} {
		cmd.Flags().StringArrayP("path", "p", nil, "")
		cmd.Flags().Bool("strict", false, "")
	}
	return root
}

func TestStray(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string // without the name of the program
		says string // in the message
		try  string // the line to copy
	}{
		{"server", "put the command after --", "tsboot -- server"},
		{"server -x --path y", "put the command after --", "tsboot -- server -x --path y"},
		{"--path /a --strict server", "put the command after --", "tsboot --path /a --strict -- server"},
		{"-p /a server", "put the command after --", "tsboot -p /a -- server"},
		{"-p/a --path=/b server", "put the command after --", "tsboot -p/a --path=/b -- server"},
		{"server -- x", "put the command after --", "tsboot -- server x"},
		{"exec server", "put the command after --", "tsboot exec -- server"},
		{"--path /a exec server", "put the command after --", "tsboot --path /a exec -- server"},
		{"exec exec", "put the command after --", "tsboot exec -- exec"},
		{"manifest ecs server", "put the command after --", "tsboot manifest ecs -- server"},
		{"/a", "its flag, --path", "tsboot --path /a"},
		{"/a /b", "its flag, --path", "tsboot --path /a --path /b"},
		{"/a server", "its flag, --path", "tsboot --path /a -- server"},
		{"/a server --port 1", "its flag, --path", "tsboot --path /a -- server --port 1"},
		{"/a --port 1", "put the command after --", "tsboot -- /a --port 1"},
		{"exec prod -- server --port 1", "its flag, --path", "tsboot exec --path /prod -- server --port 1"},
		{"exec --strict prod common -- server", "its flag, --path", "tsboot exec --strict --path /prod --path /common -- server"},
		{"exec server -- -x", "put the command after --", "tsboot exec -- server -x"},
		{"exec sh -- x", "put the command after --", "tsboot exec -- sh x"},
		{"exec server -x -- y", "put the command after --", "tsboot exec -- server -x y"},
		{"/usr/bin/env", "put the command after --", "tsboot -- /usr/bin/env"},
		{"bash", "docker run --entrypoint bash IMAGE", "tsboot exec -- bash"},
		{"--strict /bin/sh -l", "docker run --entrypoint /bin/sh IMAGE", "tsboot exec --strict -- /bin/sh -l"},
		{"staus", "the nearest is status", ""},
		{"staus --path /a", "the nearest is status", ""},
		{"staus /etc/passwd", "the nearest is status; or, for a program of that name", "tsboot -- staus /etc/passwd"},
		{"status x", "takes only flags", ""},
		{"server a\x1bb", "put the command after --", ""},
	} {
		line := Program{Name: "tsboot", Nearest: nearestOfTest, FlagOf: pathOfTest}.Line(strings.Split(test.line, " "))
		root := strayTree()
		cmd, _, err := root.Find(line.Words)
		if err != nil { // the flag library looks for the command alone
			cmd = root
		}
		err = line.Stray(cmd)
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), test.says) || usage.Try != test.try {
			t.Errorf("%s: got %v, want %q and the line %q", test.line, err, test.says, test.try)
		}
	}
}

func nearestOfTest(word string, known []string) string {
	for _, k := range known {
		if len(k) == len(word)+1 && k[0] == word[0] {
			return k
		}
	}
	return ""
}

func pathOfTest(word string) []string {
	if strings.HasPrefix(word, "/") {
		return []string{"--path", word}
	}
	return nil
}
