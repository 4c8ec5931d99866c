package secrets

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// Every code has one entry, and every entry says all that the documentation
// is made from.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "catalogue.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Code") {
			codes[strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)] = true
		}
		return true
	})
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, e := range Catalogue() {
		if !codes[e.Code] {
			t.Errorf("code %s is twice in the catalogue, or has no constant", e.Code)
		}
		delete(codes, e.Code)
		if !kebab.MatchString(e.Code) || e.Seen == "" || e.Cause == "" || e.Do == "" || strings.HasSuffix(e.Do, ".") {
			t.Errorf("entry %+v", e)
		}
		switch e.Kind {
		case Usage, Unavailable, Denied, Invalid:
		default:
			t.Errorf("%s is of kind %v", e.Code, e.Kind)
		}
	}
	for code := range codes {
		t.Errorf("code %s is not in the catalogue", code)
	}
}
