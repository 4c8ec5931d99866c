package detect

import (
	"maps"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// lists replaces each lists["name"] of an expression by the words of the list, so that CEL knows their number and type when
// it checks the expression, and makes a set of them. It is false where something about a list is wrong.
func (e errorPlacer) lists(tree *ast.AST, lists map[string]list) bool {
	before := len(e.reader.problems)
	factory, next := ast.NewExprFactory(), ast.MaxID(tree)
	known := slices.Sorted(maps.Keys(lists))
	replace := func(at ast.Expr, name string) {
		l, ok := lists[name]
		if !ok {
			e.fail(tree, at.ID(), nearest(name, known), "unknown list %q", clip(name))
		}
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
			}
		case ast.SelectKind:
			if s := x.AsSelect(); isLists(s.Operand()) && !s.IsTestOnly() {
				replace(x, s.FieldName())
			}
		case ast.StructKind:
			e.fail(tree, x.ID(), "compare its fields", "a rule cannot make a %s", clip(x.AsStruct().TypeName()))
		}
		if isLists(x) {
			e.fail(tree, x.ID(), `write e.g. process.name in lists["NAME"]`, "lists is used without the name of a list")
		}
	}))
	return len(e.reader.problems) == before
}

func isLists(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "lists" }

func isText(e ast.Expr) bool {
	if e.Kind() != ast.LiteralKind {
		return false
	}
	_, ok := e.AsLiteral().(types.String)
	return ok
}
