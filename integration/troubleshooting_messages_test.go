//go:build linux

package integration

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// roomsThatWarn are the rooms whose messages a boot logs.
var roomsThatWarn = []string{"boot", "control", "metrics", "secrets", "supervisor"}

// messagesOfOthers are those of commands that print: export, iam-policy, render. They are about what was asked for just now.
var messagesOfOthers = regexp.MustCompile(`^(region not known|account not known|nothing to render|value that a reader of dotenv)`)

// messagesByName are those that the code does not hand to the log as one literal.
var messagesByName = map[string]string{
	"agent exited":             `"agent exited"`,
	"before-start step failed": `"before-start step"`,
	"setup step failed":        `"setup step"`,
	"exiting":                  `"exiting"`,
	"fault":                    `"fault"`,
	"the agent ended at once and left processes behind: if it runs in the background, have it stay in the foreground, or name it by run.follow in the profile": `daemonHint = "the agent ended at once`,
}

// TestTroubleshootingMessages: docs/troubleshooting.md has every warning and error of a boot, and no other.
func TestTroubleshootingMessages(t *testing.T) {
	t.Parallel()
	warned, source := warnings(t, roomsThatWarn)
	_, commands := warnings(t, []string{"cmd/tsboot"})
	source += commands
	listed := listedIn(t, "../docs/troubleshooting.md", "messages")
	for _, message := range listed {
		literal := messagesByName[message]
		if literal == "" && !slices.Contains(warned, message) || !strings.Contains(source, literal) {
			t.Errorf("no boot warns %q", message)
		}
	}
	for _, message := range warned {
		if !slices.Contains(listed, message) && !messagesOfOthers.MatchString(message) {
			t.Errorf("the page does not have %q", message)
		}
	}
	if len(listed) < 40 {
		t.Errorf("%d messages in the table", len(listed))
	}
	if !slices.IsSorted(listed) {
		t.Error("they are not in the order of the alphabet")
	}
}

// TestWatchTroubleshootingMessages: docs/watch-troubleshooting.md has every warning and error of tswatch, and no other; and what it
// has `tswatch health` say is what that says.
func TestWatchTroubleshootingMessages(t *testing.T) {
	t.Parallel()
	const page = "../docs/watch-troubleshooting.md"
	warned, source := warnings(t, []string{"watch", "cmd/tswatch"})
	listed := listedIn(t, page, "messages")
	if !slices.Equal(listed, warned) {
		t.Errorf("the page has\n%q\ntswatch warns\n%q", listed, warned)
	}
	said := listedIn(t, page, "said")
	for _, text := range said {
		if !strings.Contains(source, text) {
			t.Errorf("tswatch does not say %q", text)
		}
	}
	if len(listed) < 20 || len(said) < 8 {
		t.Errorf("%d messages, %d answers", len(listed), len(said))
	}
}

// listedIn are the texts in the first column of a page's table, which stands behind <!-- name -->.
func listedIn(t *testing.T, page, name string) []string {
	t.Helper()
	_, table, _ := strings.Cut(readFile(t, page), "<!-- "+name+" -->")
	table, _, _ = strings.Cut(table, "<!-- end -->")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?`) \\|").FindAllStringSubmatch(table, -1) {
		for _, message := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			listed = append(listed, message[1])
		}
	}
	return listed
}

// warnings are the messages that the rooms log as warnings or errors, and their whole source.
func warnings(t *testing.T, rooms []string) (messages []string, source string) {
	t.Helper()
	var all strings.Builder
	note := func(e ast.Expr) {
		if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING && text.Value != `""` {
			message, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			messages = append(messages, message)
		}
	}
	for _, room := range rooms {
		err := filepath.WalkDir("../"+room, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/secretstest/") {
				return err
			}
			all.WriteString(readFile(t, path))
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					noteCall(n, note)
				case *ast.CompositeLit:
					if name, ok := n.Type.(*ast.Ident); ok && name.Name == "warning" && len(n.Elts) > 1 {
						note(n.Elts[1])
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(messages)
	return slices.Compact(messages), all.String()
}

// noteCall notes the message of log.Warn, log.Error and newWarning.
func noteCall(call *ast.CallExpr, note func(ast.Expr)) {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		if (f.Sel.Name == "Warn" || f.Sel.Name == "Error") && len(call.Args) > 0 {
			if sum, ok := call.Args[0].(*ast.BinaryExpr); ok {
				note(sum.X)
				return
			}
			note(call.Args[0])
		}
	case *ast.Ident:
		if f.Name == "newWarning" && len(call.Args) > 3 {
			note(call.Args[3])
		}
	}
}
