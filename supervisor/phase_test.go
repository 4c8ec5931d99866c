//go:build linux

package supervisor

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPhasesAreThoseOfTheDesign compares the table of phases with the diagram in docs/design.md.
func TestPhasesAreThoseOfTheDesign(t *testing.T) {
	t.Parallel()
	var coded []string
	for _, from := range phases {
		for _, to := range from.next {
			coded = append(coded, from.name+" --> "+phases[to].name)
		}
	}
	compareDiagram(t, "The state machine", coded)
}

// TestTrialsAreThoseOfTheDesign compares the table of trials with its diagram.
func TestTrialsAreThoseOfTheDesign(t *testing.T) {
	t.Parallel()
	var coded []string
	for _, from := range trials {
		name := from.name
		if name == trials[trialNone].name {
			name = "[*]"
		}
		for _, to := range from.next {
			coded = append(coded, name+" --> "+trials[to].name)
		}
		for _, end := range from.ends {
			coded = append(coded, name+" --> "+strings.ReplaceAll(string(end), " ", "_"))
		}
	}
	compareDiagram(t, "The trial of a refresh", coded)
}

// compareDiagram holds a section's diagram to the edges of the code. An end of the whole is not an edge.
func compareDiagram(t *testing.T, section string, coded []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n## "+section+"\n")
	if !found {
		t.Fatalf("no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var drawn []string
	for _, edge := range regexp.MustCompile(`(?m)^    (\S+) --> (\w+)`).FindAllStringSubmatch(text, -1) {
		if edge[1]+edge[2] != "[*]fetching" {
			drawn = append(drawn, edge[1]+" --> "+edge[2])
		}
	}
	slices.Sort(drawn)
	slices.Sort(coded)
	if !slices.Equal(drawn, coded) {
		t.Errorf("drawn: %v\ncoded: %v", drawn, coded)
	}
}
