package detect

import (
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
)

// Costs are CEL's: about one for each step, and one for each ten characters that a step reads.
//
// A rule is refused when it may cost more than maxCost for an event of the sizes below; nearly all of that is then reading,
// some tens of milliseconds. Such events are judged without counting. Larger ones are rare. For them each step is counted,
// and a rule that comes to maxRun, a quarter of a second at the worst, fails for that event.
const (
	maxCost  = 5_000_000
	maxRun   = 1_000_000
	maxText  = 4096 // bytes of one text of an event: the longest path
	maxItems = 256  // of a list
	maxRegex = 2000 // of the program of a regular expression; they run in linear time (RE2)
)

// sizes tells the estimate of costs how large the fields of an event are.
type sizes struct{}

// EstimateSize gives the sizes that costs are estimated for. What an expression makes itself, CEL knows better.
func (sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if node.Type().Kind() == types.StructKind {
		return &cost.SizeEstimate{Min: 1, Max: 1}
	}
	if node.Path() == nil || node.ComputedSize() != nil {
		return nil
	}
	text := cost.SizeEstimate{Max: maxText}
	switch node.Type().Kind() {
	case types.StringKind:
		return &text
	case types.ListKind:
		return &cost.SizeEstimate{Max: maxItems, Elem: &text}
	}
	return nil
}

// EstimateCallCost leaves the cost of calls to CEL, except that of our own functions.
func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	switch function {
	case urlHostName:
		return urlHostCost()
	case operandsName:
		return operandsCost()
	}
	return nil
}
