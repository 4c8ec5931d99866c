package detect

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// compiler checks expressions against the shape of an event.
type compiler struct {
	shape *shape
	env   *cel.Env
}

// program is an expression that was checked. Both give the same answer; limited counts what it does.
type program struct{ plain, limited cel.Program }

func newCompiler(s *shape) (*compiler, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("prepare the rules: %w", err)
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(provider{registry, s}),
		ext.Strings(ext.StringsVersion(5)), ext.Network(),
		cel.ASTValidators(cel.ValidateRegexLiterals()), cel.RegexProgramSizeLimit(maxRegex),
	}
	for _, f := range s.root.children {
		if f.forRules {
			options = append(options, cel.Variable(f.path, f.kind))
		}
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the rules: %w", err)
	}
	return &compiler{s, env}, nil
}

// rule compiles the expressions of a rule. lists are those of its set.
func (c *compiler) rule(f *reader, r *rule, lists map[string]list) {
	r.lists = lists
	var checked *cel.Ast
	if r.when.program, checked = c.expression(f, r.when, lists); checked != nil {
		r.needs = needsOf(checked.NativeRep().Expr())
	}
	for i := range r.suppress {
		r.suppress[i].program, _ = c.expression(f, r.suppress[i], lists)
	}
}

func (c *compiler) expression(f *reader, e expression, lists map[string]list) (program, *cel.Ast) {
	if e.text == "" { // said already
		return program{}, nil
	}
	at := errorPlacer{f, e}
	parsed, issues := c.env.Parse(e.text)
	if issues.Err() != nil {
		at.report(c, nil, issues)
		return program{}, nil
	}
	if !at.lists(parsed.NativeRep(), lists) {
		return program{}, nil
	}
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		at.report(c, parsed.NativeRep(), issues)
		return program{}, nil
	}
	if checked.OutputType() != cel.BoolType {
		f.failAt(f.place(e.node, 0), "compare it with something", "the expression is %s, not true or false", typeName(checked.OutputType()))
		return program{}, nil
	}
	estimate, err := c.env.EstimateCost(checked, sizes{})
	if err == nil && estimate.Max > maxCost {
		f.failAt(f.place(e.node, 0), "avoid loops in loops (exists, all, filter, map) and long regular expressions",
			"the expression may cost %s for one event; %d is the limit", amount(estimate.Max), maxCost)
		return program{}, nil
	}
	p, err := c.programs(checked)
	if err != nil {
		f.failAt(f.place(e.node, 0), "", "the expression cannot be used: %v", err)
		return program{}, nil
	}
	return p, checked
}

func (c *compiler) programs(checked *cel.Ast) (program, error) {
	plain, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return program{}, err
	}
	limited, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxRun))
	return program{plain, limited}, err
}

// amount is a cost for people: one that is not limited at all is not a number to read.
func amount(n uint64) string {
	if n > 1e15 {
		return "without limit"
	}
	return fmt.Sprint(n)
}

func typeName(t *types.Type) string {
	return strings.ReplaceAll(t.String(), "dyn", "of a type that is not known")
}

// errorPlacer says in the words of a rule file what CEL found wrong with an expression.
type errorPlacer struct {
	reader *reader
	expression
}

var (
	undefined  = regexp.MustCompile(`^undefined field '(.*)'$`)
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	badRegex   = regexp.MustCompile(`^invalid matches argument`)
)

func (e errorPlacer) report(c *compiler, tree *ast.AST, issues *cel.Issues) {
	for _, err := range issues.Errors() {
		offset, fix := e.offset(err.Location), ""
		what := strings.Join(strings.Fields(strings.TrimPrefix(err.Message, "Syntax error: ")), " ")
		if m := undefined.FindStringSubmatch(what); m != nil {
			offset = e.after(offset, "."+m[1]) // CEL means the dot, or all of has()
			what, fix = c.unknownField(tree, err.ExprID, m[1])
		} else if m := undeclared.FindStringSubmatch(what); m != nil {
			what, fix = fmt.Sprintf("an event has no %q", clip(m[1])), nearest(m[1], append(c.shape.variables(), "lists"))
		} else if badRegex.MatchString(what) {
			what, fix = "this is not a regular expression, or too large a one", "the syntax is RE2's"
		}
		e.reader.failAt(e.reader.place(e.node, offset), fix, "%s", what)
	}
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
	what = fmt.Sprintf("unknown field %q", clip(name))
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() != id || e.Kind() != ast.SelectKind {
			return
		}
		path := pathOf(e.AsSelect().Operand())
		if f := c.shape.find(path); f != nil {
			what, fix = fmt.Sprintf("%s has no field %q", path, clip(name)), nearest(name, f.names(false))
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
	e.reader.failAt(e.reader.place(e.node, e.offset(tree.SourceInfo().GetStartLocation(id))), fix, format, args...)
}
