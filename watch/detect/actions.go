package detect

import (
	"maps"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/tsboot/tsboot/watch/event"
)

// needs are conditions that an event must meet for an expression to be true, which are cheaper to look at than it is. For any
// other event a part of the expression is false whatever the rest is, an error included: && of CEL is false when one side is.
type needs struct {
	actions   map[string]bool // the only values of event.action; nil: any
	container bool            // a container
	host      bool            // no container
}

func needsOf(e ast.Expr) needs {
	if e.Kind() == ast.SelectKind {
		return needs{container: isContainer(e)}
	}
	if e.Kind() != ast.CallKind {
		return needs{}
	}
	call := e.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		a, b := needsOf(args[0]), needsOf(args[1])
		return needs{both(a.actions, b.actions), a.container || b.container, a.host || b.host}
	case operators.LogicalOr:
		a, b := needsOf(args[0]), needsOf(args[1])
		return needs{one(a.actions, b.actions), a.container && b.container, a.host && b.host}
	case operators.LogicalNot:
		return needs{host: isContainer(args[0])}
	case operators.Equals:
		return needs{actions: either(actionIs(args[0], args[1]), actionIs(args[1], args[0]))}
	case operators.In:
		return needs{actions: actionIn(args[0], args[1])}
	}
	return needs{}
}

// met is whether the event meets them, its action aside.
func (n needs) met(e *event.Event) bool {
	inside := e.Container != nil && e.Container.ID != ""
	return !(n.container && !inside || n.host && inside)
}

func isContainer(e ast.Expr) bool {
	return e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() && e.AsSelect().FieldName() == "id" && pathOf(e.AsSelect().Operand()) == "container"
}

func either(a, b map[string]bool) map[string]bool {
	if a == nil {
		return b
	}
	return a
}

func both(a, b map[string]bool) map[string]bool {
	if a == nil || b == nil {
		return either(a, b)
	}
	maps.DeleteFunc(a, func(action string, _ bool) bool { return !b[action] })
	return a
}

func one(a, b map[string]bool) map[string]bool {
	if a == nil || b == nil {
		return nil
	}
	maps.Copy(a, b)
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
