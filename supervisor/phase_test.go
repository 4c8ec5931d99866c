//go:build linux

package supervisor

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestPhasesAreThoseOfTheDesign compares the table of phases with the diagram in docs/design.md.
func TestPhasesAreThoseOfTheDesign(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	var drawn, coded []string
	for _, edge := range regexp.MustCompile(`(?m)^    (\w+) --> (\w+)`).FindAllSubmatch(page, -1) {
		drawn = append(drawn, string(edge[1])+" --> "+string(edge[2]))
	}
	for _, from := range phases {
		for _, to := range from.next {
			coded = append(coded, from.name+" --> "+phases[to].name)
		}
	}
	slices.Sort(drawn)
	slices.Sort(coded)
	if !slices.Equal(drawn, coded) {
		t.Errorf("drawn: %v\ncoded: %v", drawn, coded)
	}
}
