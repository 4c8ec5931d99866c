package detect

import (
	"regexp"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// shortcut answers an expression for an event without CEL, where the parts that it knows are enough: most events are no rule's
// matter, and their action, name or place says so. Its yes and no are those of CEL, which does not mind an error in a part that
// does not decide: false && error is false, true || error is true.
type shortcut func(s *sight) answer

type answer int8

const (
	maybe answer = iota
	no
	yes
)

func answerOf(b bool) answer {
	if b {
		return yes
	}
	return no
}

// shortcutOf never gives nil.
func shortcutOf(e ast.Expr) shortcut {
	switch {
	case isContainer(e):
		return func(s *sight) answer { return answerOf(s.contained) }
	case e.Kind() == ast.CallKind:
		if s := shortcutOfCall(e.AsCall()); s != nil {
			return s
		}
	}
	return func(*sight) answer { return maybe }
}

func shortcutOfCall(call ast.CallExpr) shortcut {
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return decidedBy(no, shortcutOf(args[0]), shortcutOf(args[1]))
	case operators.LogicalOr:
		return decidedBy(yes, shortcutOf(args[0]), shortcutOf(args[1]))
	case operators.LogicalNot:
		return opposite(shortcutOf(args[0]))
	case operators.Equals:
		return equal(args)
	case operators.NotEquals:
		if s := equal(args); s != nil {
			return opposite(s)
		}
	case operators.In:
		if args[1].Kind() == ast.ListKind {
			return isOneOf(args[0], args[1].AsList().Elements())
		}
	case overloads.Matches:
		if call.IsMemberFunction() {
			return matching(call.Target(), args[0])
		}
	}
	return nil
}

// decidedBy is && where no decides, and || where yes does.
func decidedBy(decisive answer, a, b shortcut) shortcut {
	return func(s *sight) answer {
		x := a(s)
		if x == decisive {
			return x
		}
		y := b(s)
		if y == decisive || x == y {
			return y
		}
		return maybe
	}
}

func opposite(of shortcut) shortcut {
	return func(s *sight) answer {
		switch of(s) {
		case yes:
			return no
		case no:
			return yes
		}
		return maybe
	}
}

func equal(args []ast.Expr) shortcut {
	if isText(args[0]) {
		return isOneOf(args[1], args[:1])
	}
	return isOneOf(args[0], args[1:])
}

// isOneOf compares a field with words; nil: it is none of those that are known here, or the words are not all there.
func isOneOf(field ast.Expr, literals []ast.Expr) shortcut {
	text := words[pathOf(field)]
	if text == nil {
		return nil
	}
	texts := make(map[string]bool, len(literals))
	for _, literal := range literals {
		if !isText(literal) {
			return nil
		}
		texts[string(literal.AsLiteral().(types.String))] = true
	}
	return func(s *sight) answer { return answerOf(texts[text(s)]) }
}

func matching(field, pattern ast.Expr) shortcut {
	text := words[pathOf(field)]
	if text == nil || !isText(pattern) {
		return nil
	}
	expression, err := regexp.Compile(string(pattern.AsLiteral().(types.String)))
	if err != nil {
		return nil
	}
	return func(s *sight) answer { return answerOf(expression.MatchString(text(s))) }
}

// words are the fields that conditions ask for most.
var words = map[string]func(s *sight) string{
	"event.action":       func(s *sight) string { return s.action },
	"event.outcome":      func(s *sight) string { return s.outcome },
	"process.name":       func(s *sight) string { return s.name },
	"process.executable": func(s *sight) string { return s.executable },
	"file.path":          func(s *sight) string { return s.file },
	"destination.ip":     func(s *sight) string { return s.ip },
	"destination.path":   func(s *sight) string { return s.socket },
}

// isContainer is whether the expression is has(container.id).
func isContainer(e ast.Expr) bool {
	return e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() && e.AsSelect().FieldName() == "id" && pathOf(e.AsSelect().Operand()) == "container"
}
