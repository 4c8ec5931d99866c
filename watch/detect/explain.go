package detect

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/tsboot/tsboot/cli/strictyaml"
	"github.com/tsboot/tsboot/secrets"
)

// errorPlacer says in the words of a rule file what CEL found wrong with an expression.
type errorPlacer struct {
	reader *reader
	expression
}

var (
	undefined  = regexp.MustCompile(`^undefined field '(.*)'$`)
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	overload   = regexp.MustCompile(`^found no matching overload for '(.*)' applied to '(.*)'$`)
	badRegex   = regexp.MustCompile(`^invalid matches argument`)
	expecting  = regexp.MustCompile(` expecting \{.*$`)
)

// syntax reports the first fault only: those after it follow from it.
func (e errorPlacer) syntax(issues *cel.Issues) {
	err := issues.Errors()[0]
	what := oneLine(strings.TrimPrefix(err.Message, "Syntax error: "))
	fix := "conditions are CEL: == compares, && and || join, text is in quotes"
	if strings.HasPrefix(what, "invalid argument to has()") {
		what, fix = "has() takes a field", "write e.g. has(container.id)"
	}
	what = strings.NewReplacer("mismatched input '<EOF>'", "the condition ends too early", "'<EOF>'", "the end", "<EOF>", "the end",
		"token recognition error at: ", "cannot read ").Replace(expecting.ReplaceAllString(what, ""))
	e.reader.FailAt(e.reader.place(e.node, e.offset(err.Location)), fix, "%s", what)
}

// types reports what the type checker found. Of a function that does not exist it reports only that: what is wrong with its
// arguments follows from it.
func (e errorPlacer) types(c *compiler, tree *ast.AST, issues *cel.Issues) {
	errs := issues.Errors()
	isUnknownFunction := func(err *cel.Error) bool {
		return undeclared.MatchString(err.Message) && isCall(tree, err.ExprID)
	}
	if slices.ContainsFunc(errs, isUnknownFunction) {
		errs = slices.DeleteFunc(slices.Clone(errs), func(err *cel.Error) bool { return !isUnknownFunction(err) })
	}
	for _, err := range errs {
		offset, what, fix := e.offset(err.Location), oneLine(err.Message), ""
		if m := undefined.FindStringSubmatch(what); m != nil {
			offset = e.after(offset, "."+m[1]) // CEL means the dot, or all of has()
			what, fix = c.unknownField(tree, err.ExprID, m[1])
		} else if m := undeclared.FindStringSubmatch(what); m != nil {
			offset = e.nameBefore(offset, m[1])
			what, fix = c.unknownName(tree, err.ExprID, m[1])
		} else if m := overload.FindStringSubmatch(what); m != nil {
			offset = e.nameBefore(offset, m[1])
			what, fix = fmt.Sprintf("%s cannot be used on %s", operatorName(m[1]), strings.ReplaceAll(m[2], "event/", "")), fixOf(m[1], m[2])
		} else if badRegex.MatchString(what) {
			what, fix = "this is not a regular expression, or too large a one", "the syntax is RE2's"
		}
		e.reader.FailAt(e.reader.place(e.node, offset), fix, "%s", what)
	}
}

// operatorName is an operator or a function as a rule writes it.
func operatorName(name string) string {
	if name == operators.Index {
		return "[...]"
	}
	return strings.Trim(name, "_@")
}

// isCall is whether an expression of the tree is the call of a function.
func isCall(tree *ast.AST, id int64) bool {
	found := false
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		found = found || e.ID() == id && e.Kind() == ast.CallKind
	}))
	return found
}

// tooMuch reports an expression that may cost too much. That of a built-in rule does so by a list of one's own.
func (e errorPlacer) tooMuch(cost uint64, used []string, lists map[string]list) {
	at := e.reader.place(e.node, 0)
	for _, name := range used {
		if l := lists[name]; e.reader.builtin && l.at.File != e.reader.File {
			e.reader.FailAt(l.at, "shorten it, or replace that rule", "with the list %q the built-in rule at %s may cost %s for one event; %d is the limit",
				strictyaml.Clip(name), at, amount(cost), maxCost)
			return
		}
	}
	e.reader.FailAt(at, "avoid loops in loops (exists, all, filter, map) and long regular expressions",
		"the expression may cost %s for one event; %d is the limit", amount(cost), maxCost)
}

// amount is a cost for people: one that is not limited at all is not a number to read.
func amount(n uint64) string {
	if n > 1e15 {
		return "without limit"
	}
	return fmt.Sprint(n)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// fixOf is how to write what an operator or function cannot do with these types.
func fixOf(function, of string) string {
	switch {
	case function == operators.In && of == "(string, string)":
		return `in looks into a list; in text, write e.g. process.name.contains("x")`
	case function == "contains" && strings.HasPrefix(of, "list"):
		return `contains looks into text; in a list, write e.g. "x" in process.args`
	case function == operators.Equals && strings.Contains(of, "list"):
		return `write e.g. process.args.exists(a, a == "x")`
	case function == operators.Index && strings.HasPrefix(of, "(event/"):
		return "write e.g. process.name"
	case strings.HasPrefix(of, "(event/"):
		return "name one of its fields"
	case strings.Contains(of, "int") && strings.Contains(of, "string"):
		return "text has quotes, a number has none"
	}
	return ""
}

// unknownName names a variable or a function that there is not, and those that there are.
func (c *compiler) unknownName(tree *ast.AST, id int64, name string) (what, fix string) {
	if !isCall(tree, id) {
		return fmt.Sprintf("an event has no %q", strictyaml.Clip(name)), strictyaml.Nearest(name, append(c.shape.variables(), "lists"))
	}
	if slices.Contains(loops, name) {
		return fmt.Sprintf("%s() takes a variable and an expression", name), fmt.Sprintf(`write e.g. process.args.%s(a, a == "x")`, name)
	}
	what, fix = fmt.Sprintf("there is no function %q", strictyaml.Clip(name)), "docs/watch-rules.md says where they are listed"
	if best := secrets.Nearest(strictyaml.Clip(name), append(slices.Sorted(maps.Keys(c.env.Functions())), loops...)); best != "" {
		fix = fmt.Sprintf("did you mean %q?", best)
	}
	return what, fix
}

// loops are functions to a person. To CEL they are macros: with the wrong arguments it takes them for functions that it does
// not have.
var loops = []string{"exists", "all", "exists_one", "filter", "map"}

// nameBefore is where the name of a call begins: CEL means the bracket after it.
func (e errorPlacer) nameBefore(offset int, name string) int {
	text := []rune(e.text)
	begin := offset - len([]rune(name))
	if begin >= 0 && offset < len(text) && text[offset] == '(' && string(text[begin:offset]) == name {
		return begin
	}
	return offset
}

// after is where the field of a select begins that CEL has found from offset on.
func (e errorPlacer) after(offset int, field string) int {
	text := []rune(e.text)
	before, _, found := strings.Cut(string(text[min(offset, len(text)):]), field)
	if !found {
		return offset
	}
	return offset + len([]rune(before)) + 1
}

// offset is a place of CEL as the number of characters before it.
func (e errorPlacer) offset(l common.Location) int {
	offset := 0
	for i, line := range strings.Split(e.text, "\n") {
		if i+1 >= l.Line() {
			break
		}
		offset += len([]rune(line)) + 1
	}
	return offset + max(l.Column(), 0)
}

// unknownField names the field that an expression asks for, and those that there are.
func (c *compiler) unknownField(tree *ast.AST, id int64, name string) (what, fix string) {
	what = fmt.Sprintf("unknown field %q", strictyaml.Clip(name))
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() != id || e.Kind() != ast.SelectKind {
			return
		}
		path := pathOf(e.AsSelect().Operand())
		if f := c.shape.find(path); f != nil {
			what, fix = fmt.Sprintf("%s has no field %q", path, strictyaml.Clip(name)), strictyaml.Nearest(name, f.names(false))
		}
	}))
	return what, fix
}

// pathOf is the path that an expression such as process.parent names, or "".
func pathOf(e ast.Expr) string {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent()
	case ast.SelectKind:
		if of := pathOf(e.AsSelect().Operand()); of != "" && !e.AsSelect().IsTestOnly() {
			return of + "." + e.AsSelect().FieldName()
		}
	}
	return ""
}

// fail adds a problem at an expression of the tree.
func (e errorPlacer) fail(tree *ast.AST, id int64, fix, format string, args ...any) {
	e.reader.FailAt(e.reader.place(e.node, e.offset(tree.SourceInfo().GetStartLocation(id))), fix, format, args...)
}
