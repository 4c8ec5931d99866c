package detect

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// compiler checks expressions against the shape of an event.
type compiler struct {
	shape *shape
	env   *cel.Env
}

// program is an expression that was checked. All give the same answer; limited counts what it does, and shortcut does not have
// all answers.
type program struct {
	plain, limited cel.Program
	shortcut       shortcut
	lists          []string // the names of those that it uses
}

func newCompiler(s *shape) (*compiler, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("prepare the rules: %w", err)
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(provider{registry, s}),
		ext.Strings(ext.StringsVersion(5)), ext.Network(), urlHostFunction(), operandsFunction(),
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
	r.when.program = c.expression(f, r.when, lists)
	for i := range r.suppress {
		r.suppress[i].program = c.expression(f, r.suppress[i], lists)
	}
}

func (c *compiler) expression(f *reader, e expression, lists map[string]list) program {
	if e.text == "" { // said already
		return program{}
	}
	at := errorPlacer{f, e}
	parsed, issues := c.env.Parse(e.text)
	if issues.Err() != nil {
		at.syntax(issues)
		return program{}
	}
	used, ok := at.prepare(parsed.NativeRep(), lists)
	if !ok {
		return program{}
	}
	checked, issues := c.env.Check(parsed)
	if issues.Err() != nil {
		at.types(c, parsed.NativeRep(), issues)
		return program{}
	}
	if !at.known(checked.NativeRep()) {
		return program{}
	}
	if checked.OutputType() != cel.BoolType {
		f.FailAt(f.place(e.node, 0), "compare it with something", "the expression is %s, not true or false", typeName(checked.OutputType()))
		return program{}
	}
	estimate, err := c.env.EstimateCost(checked, sizes{})
	if err == nil && estimate.Max > maxCost {
		at.tooMuch(estimate.Max, used, lists)
		return program{}
	}
	p, err := c.programs(checked)
	if err != nil {
		f.FailAt(f.place(e.node, 0), "", "the expression cannot be used: %v", err)
		return program{}
	}
	p.lists = used
	return p
}

func (c *compiler) programs(checked *cel.Ast) (program, error) {
	plain, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return program{}, err
	}
	limited, err := c.env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxRun))
	return program{plain: plain, limited: limited, shortcut: shortcutOf(checked.NativeRep().Expr())}, err
}

func typeName(t *types.Type) string {
	return strings.NewReplacer("dyn", "of a type that is not known", "event/", "the object ").Replace(t.String())
}
