package require

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// notInCI are names that CI does not have, each with the reason.
var notInCI = map[string]string{
	"chamber": "a program of others, built by who compares with it",
	"pytest":  "for the suites of other inits, whose sources are not here",
}

// chosen are the names that a call takes from a table or an argument, by file.
var chosen = map[string][]string{
	"integration/clitest/manuals.go":    {"groff", "mandoc"},
	"configgen/export_test.go":          {"sh", "dash", "bash", "busybox"},
	"integration/agents_push_test.go":   {"telegraf", "otelcol-contrib"},
	"integration/agents_zabbix_test.go": {"zabbix_agent2", "zabbix_agentd"},
	"integration/pid1/peers_test.go":    nil, // variables that name the sources of other inits, which CI does not have
	"integration/pid1/table_test.go":    {"bash", "cgroup", "root", "peers", "tini", "dumb-init", "catatonit"},
	"integration/require/require.go":    nil, // what its own callers name
}

// TestCIAsksForEverything: what a test needs of the machine is named in .ci/run, so that CI skips none, and nothing is named
// there that no test needs.
func TestCIAsksForEverything(t *testing.T) {
	t.Parallel()
	top, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(top, ".ci/run"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^export ` + Variable + `=(\S+)$`).FindSubmatch(script)
	if line == nil {
		t.Fatalf(".ci/run does not export %s", Variable)
	}
	asked := strings.Split(string(line[1]), ",")
	needed := neededNames(t, top)
	for name, where := range needed {
		if notInCI[name] == "" && !slices.Contains(asked, name) {
			t.Errorf("%s needs %s, and .ci/run does not ask for it: a test is skipped there in silence", where, name)
		}
	}
	for _, name := range asked {
		if needed[name] == "" {
			t.Errorf(".ci/run asks for %s, which nothing needs", name)
		}
	}
}

// neededNames are the names that calls of this package have, each with a place.
func neededNames(t *testing.T, top string) map[string]string {
	t.Helper()
	needed := map[string]string{}
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != top:
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, one := range namesIn(file, name) {
			needed[one] = name
		}
		if _, listed := chosen[name]; listed != isChosen(file) {
			t.Errorf("%s: the names that a call takes from a table or an argument have to stand in this test, and no others", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return needed
}

// calls gives the arguments of each call of this package that are names.
func calls(file *ast.File, each func(names []ast.Expr)) {
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		called := ""
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			if of, ok := fun.X.(*ast.Ident); ok && of.Name == "require" {
				called = fun.Sel.Name
			}
		case *ast.Ident:
			if file.Name.Name == "require" {
				called = fun.Name
			}
		}
		switch {
		case called == "Tools" && len(call.Args) > 1:
			each(call.Args[1:])
		case called == "Missing" && len(call.Args) > 1:
			each(call.Args[1:2])
		}
		return true
	})
}

// namesIn are the names in calls, and those that are chosen elsewhere.
func namesIn(file *ast.File, path string) (names []string) {
	calls(file, func(args []ast.Expr) {
		for _, arg := range args {
			if name, ok := text(arg); ok {
				names = append(names, name)
			}
		}
	})
	return append(names, chosen[path]...)
}

// isChosen is whether a call takes a name from elsewhere.
func isChosen(file *ast.File) (chosen bool) {
	calls(file, func(args []ast.Expr) {
		for _, arg := range args {
			_, ok := text(arg)
			chosen = chosen || !ok
		}
	})
	return chosen
}

// text is the value of a text in the source.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}
