package commands

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/cli/help"
)

// page is what every command of the test has as its words.
var page = &fstest.MapFile{Data: []byte("# what it is\n\nIt does something.\n")}

func book() help.Book {
	pages := fstest.MapFS{}
	for _, name := range []string{"demo", "help", "version", "completion", "completion-bash", "completion-zsh", "completion-fish", "completion-powershell"} {
		pages["words/"+name+".md"] = page
	}
	return help.Book{Commands: pages, Dir: "words", Rule: func(string) string { return "a rule" }}
}

// run runs a program that has no command of its own.
func run(t *testing.T, words ...string) (printed string, ran bool, err error) {
	t.Helper()
	var out bytes.Buffer
	tree := Tree{Line: cli.Line{Program: cli.Program{Name: "demo"}, Words: words}, Book: book, Version: "v1"}
	root := tree.Root("demo [flags]", &out, &out, func(*cobra.Command) error {
		ran = true
		return nil
	})
	tree.Finish(root, "help [COMMAND]")
	tree.Complete(root, func() map[string]cli.Values { return nil })
	err = tree.Execute(t.Context(), root)
	return out.String(), ran, err
}

func TestTree(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words   []string
		printed string
		ran     bool
		wrong   string // part of the message; the error is of the usage
	}{
		{nil, "", true, ""},
		{[]string{"version"}, "demo v1 go", false, ""},
		{[]string{"--version"}, "demo v1 go", false, ""},
		{[]string{"-v"}, "demo v1 go", false, ""},
		{[]string{"--help"}, "It does something.", false, ""},
		{[]string{"help"}, "It does something.", false, ""},
		{[]string{"help", "version"}, "demo version", false, ""},
		{[]string{"completion", "bash"}, "demo", false, ""},
		{[]string{"completion"}, "It does something.", false, ""},
		{[]string{"__complete", "ver"}, "version\twhat it is", false, ""},
		{[]string{"help", "nothing"}, "", false, `unknown command "nothing"`},
		{[]string{"completion", "tcsh"}, "", false, `unknown command "tcsh" for "demo completion"`},
		{[]string{"version", "x"}, "", false, `unexpected word "x"`},
		{[]string{"--help", "nothing"}, "", false, `unknown command "nothing"`},
		{[]string{"nothing"}, "", false, `unknown command "nothing"`},
		{[]string{"--nothing"}, "", false, "unknown flag: --nothing"},
	} {
		printed, ran, err := run(t, test.words...)
		var usage *cli.UsageError
		switch {
		case test.wrong == "" && err != nil, test.wrong != "" && (!errors.As(err, &usage) || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%q: %v, want %q", test.words, err, test.wrong)
		case ran != test.ran || !strings.Contains(printed, test.printed):
			t.Errorf("%q: ran %v and printed %q", test.words, ran, printed)
		}
	}
}

func TestManualPages(t *testing.T) {
	t.Parallel()
	if _, asked := ManualsDir([]string{"demo", "__manuals"}); asked {
		t.Error("there is no directory")
	}
	dir, asked := ManualsDir([]string{"demo", "__manuals", filepath.Join(t.TempDir(), "new")})
	if !asked {
		t.Fatal("not asked")
	}
	tree := Tree{Book: book, Version: "v1"}
	root := tree.Root("demo [flags]", os.Stdout, os.Stderr, nil)
	tree.Finish(root, "help [COMMAND]")
	if err := tree.WriteManuals(dir, root, []string{"SOURCE_DATE_EPOCH=1700000000"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "demo.1"))
	if err != nil || !strings.Contains(string(text), `.TH DEMO 1 "2023-11-14" "demo v1"`) {
		t.Errorf("%v\n%s", err, text)
	}
	if err := tree.WriteManuals("/dev/null/x", root, nil); err == nil || !strings.HasPrefix(err.Error(), "write the manual pages: ") {
		t.Errorf("%v", err)
	}
}
