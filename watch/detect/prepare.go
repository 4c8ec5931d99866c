package detect

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"

	"github.com/tsboot/tsboot/cli/strictyaml"
)

// prepare replaces each lists["name"] of an expression by the words of the list, so that CEL knows their number and type when
// it checks the expression, and makes a set of them. It gives the names of these lists. It refuses what rules do not need and
// cannot be checked, and is false where something is wrong.
func (e errorPlacer) prepare(tree *ast.AST, lists map[string]list) (used []string, ok bool) {
	before := len(e.reader.Problems)
	factory, next := ast.NewExprFactory(), ast.MaxID(tree)
	known := slices.Sorted(maps.Keys(lists))
	replace := func(at ast.Expr, name string) {
		l, found := lists[name]
		if !found {
			e.fail(tree, at.ID(), strictyaml.Nearest(name, known), "unknown list %q", strictyaml.Clip(name))
		}
		used = append(used, name)
		words := make([]ast.Expr, len(l.words))
		for i, word := range l.words {
			next++
			words[i] = factory.NewLiteral(next, types.String(word))
		}
		at.SetKindCase(factory.NewList(at.ID(), words, nil))
	}
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		switch x.Kind() {
		case ast.CallKind:
			if c := x.AsCall(); c.FunctionName() == operators.Index && isLists(c.Args()[0]) && isText(c.Args()[1]) {
				replace(x, string(c.Args()[1].AsLiteral().(types.String)))
			} else if args := c.Args(); c.FunctionName() == overloads.Matches && len(args) > 0 && !isText(args[len(args)-1]) {
				e.fail(tree, x.ID(), `write e.g. process.name.matches("^x")`, "a regular expression is written out in the rule")
			}
		case ast.SelectKind:
			if s := x.AsSelect(); isLists(s.Operand()) && !s.IsTestOnly() {
				replace(x, s.FieldName())
			}
		case ast.StructKind:
			e.fail(tree, x.ID(), "compare its fields", "a rule cannot make a %s", strictyaml.Clip(x.AsStruct().TypeName()))
		}
		if isLists(x) {
			e.fail(tree, x.ID(), `write e.g. process.name in lists["NAME"]`, "lists is used without the name of a list")
		}
	}))
	return used, len(e.reader.Problems) == before
}

// known refuses what is read from a value whose type the checker does not know, as that of dyn(process): its fields would only
// be looked for when an event comes. It is false where something is wrong.
func (e errorPlacer) known(tree *ast.AST) bool {
	before := len(e.reader.Problems)
	ast.PreOrderVisit(tree.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		at := e.offset(tree.SourceInfo().GetStartLocation(x.ID()))
		var of ast.Expr
		switch {
		case x.Kind() == ast.SelectKind:
			of, at = x.AsSelect().Operand(), e.after(at, "."+x.AsSelect().FieldName())
		case x.Kind() == ast.CallKind && x.AsCall().FunctionName() == operators.Index:
			of = x.AsCall().Args()[0]
		default:
			return
		}
		if tree.GetType(of.ID()).Kind() == types.DynKind {
			e.reader.FailAt(e.reader.place(e.node, at), "write e.g. process.name", "a field of a value whose type is not known cannot be checked")
		}
	}))
	return len(e.reader.Problems) == before
}

func isLists(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "lists" }

func isText(e ast.Expr) bool {
	if e.Kind() != ast.LiteralKind {
		return false
	}
	_, ok := e.AsLiteral().(types.String)
	return ok
}
