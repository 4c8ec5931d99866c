package secrets

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// A Parameter is one value and where it comes from.
type Parameter struct {
	Name         string // normalised: NormalizeName
	FullName     string // as its source knows it
	Value        Value
	Type         string // String, StringList, SecureString; "file" for a file
	Version      int64
	LastModified time.Time
	ARN          string
	Origin       string // of its layer: "ssm:/threatstack/prod"
	Referred     bool   // a variable refers to it (--resolve-env)
}

// A Layer is the parameters of one source, sorted by full name. A later layer wins
// over an earlier one.
type Layer struct {
	Origin     string
	Parameters []Parameter
}

// NewLayer sorts the parameters and sets their Origin. Two of the same name are an
// *Error.
func NewLayer(origin string, parameters []Parameter) (Layer, error) {
	for i := range parameters {
		parameters[i].Origin = origin
	}
	sort.SliceStable(parameters, func(i, j int) bool { return parameters[i].FullName < parameters[j].FullName })
	seen := map[string]string{}
	var twice []string
	for _, p := range parameters {
		if other, ok := seen[p.Name]; ok {
			twice = append(twice, fmt.Sprintf("%q is both %s and %s", p.Name, other, p.FullName))
			continue
		}
		seen[p.Name] = p.FullName
	}
	if len(twice) > 0 {
		return Layer{}, newError(CodeAmbiguousName, "read parameters", origin, strings.Join(twice, "; "))
	}
	return Layer{Origin: origin, Parameters: parameters}, nil
}
