package detect

import (
	"maps"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// actionsOf is the only values of event.action for which an expression can be true; nil: it may be for any. For any other
// value a part of it is false whatever the rest is, an error included: && of CEL is false when one side is.
func actionsOf(e ast.Expr) map[string]bool {
	if e.Kind() != ast.CallKind {
		return nil
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		a, b := actionsOf(args[0]), actionsOf(args[1])
		if a == nil || b == nil {
			return either(a, b)
		}
		maps.DeleteFunc(a, func(action string, _ bool) bool { return !b[action] })
		return a
	case operators.LogicalOr:
		a, b := actionsOf(args[0]), actionsOf(args[1])
		if a == nil || b == nil {
			return nil
		}
		maps.Copy(a, b)
		return a
	case operators.Equals:
		return either(actionIs(args[0], args[1]), actionIs(args[1], args[0]))
	case operators.In:
		return actionIn(args[0], args[1])
	}
	return nil
}

func either(a, b map[string]bool) map[string]bool {
	if a == nil {
		return b
	}
	return a
}

func actionIs(field, literal ast.Expr) map[string]bool {
	if pathOf(field) != "event.action" || !isText(literal) {
		return nil
	}
	return map[string]bool{string(literal.AsLiteral().(types.String)): true}
}

func actionIn(field, literals ast.Expr) map[string]bool {
	if pathOf(field) != "event.action" || literals.Kind() != ast.ListKind {
		return nil
	}
	actions := make(map[string]bool)
	for _, literal := range literals.AsList().Elements() {
		if !isText(literal) {
			return nil
		}
		actions[string(literal.AsLiteral().(types.String))] = true
	}
	return actions
}
