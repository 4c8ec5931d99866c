package detect

import (
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// operandsName is the function of expressions that gives the arguments of a program that are no options. An expression has no
// way to know that an argument is the value of the option before it.
const operandsName = "operands"

func operandsFunction() cel.EnvOption {
	texts := cel.ListType(cel.StringType)
	return cel.Function(operandsName, cel.Overload("operands_list_list", []*cel.Type{texts, texts}, texts,
		cel.BinaryBinding(func(args, options ref.Val) ref.Val {
			all, err := textsOf(args)
			if err != nil {
				return types.WrapErr(err)
			}
			valued, err := textsOf(options)
			if err != nil {
				return types.WrapErr(err)
			}
			return types.NewStringList(types.DefaultTypeAdapter, operands(all, valued))
		})))
}

func textsOf(list ref.Val) ([]string, error) {
	native, err := list.ConvertToNative(reflect.TypeFor[[]string]())
	if err != nil {
		return nil, err
	}
	return native.([]string), nil
}

// operandsCost is what a call may cost: reading each argument once.
func operandsCost() *cost.CallEstimate {
	size := cost.ListSizeEstimate(cost.RangedSizeEstimate(0, maxItems), cost.RangedSizeEstimate(0, maxText))
	return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: 1, Max: maxItems * maxText / 10}, ResultSize: &size}
}

// operands are the arguments after the first, which is the name of the program, that are neither options nor values of the
// options that have one, as getopt reads them: -o VALUE, -sSo VALUE, -oVALUE, --output VALUE, --output=VALUE. After -- there
// are no options.
func operands(args, valued []string) []string {
	var found []string
	for i := 1; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return append(found, args[i+1:]...)
		case len(arg) < 2 || arg[0] != '-':
			found = append(found, arg)
		case takesNext(arg, valued):
			i++
		}
	}
	return found
}

// takesNext is whether the argument after an option is its value.
func takesNext(option string, valued []string) bool {
	if strings.HasPrefix(option, "--") {
		return slices.Contains(valued, option)
	}
	for i := 1; i < len(option); i++ { // letters that stand together
		if slices.Contains(valued, "-"+option[i:i+1]) {
			return i == len(option)-1 // else the rest is the value
		}
	}
	return false
}
