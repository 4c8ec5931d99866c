package docslint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	makeTarget = regexp.MustCompile(`(?m)^([a-z0-9][a-z0-9-]*):`)
	makeCall   = regexp.MustCompile("(?:^|[`\\s(])make((?: +-C +\\S+| +-[a-zA-Z]+| +[A-Z_]+=\\S+)*) +([a-z][a-z0-9-]*)")
)

// targets are those of the Makefile.
func targets(t testing.TB) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Top(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, found := range makeTarget.FindAllStringSubmatch(string(text), -1) {
		all[found[1]] = true
	}
	return all
}

// missingTargets are the calls of make in the page's code whose target is not there.
func missingTargets(p *Page, targets map[string]bool) []string {
	var missing []string
	look := func(line int, code string) {
		for _, found := range makeCall.FindAllStringSubmatch(code, -1) {
			if !targets[found[2]] {
				missing = append(missing, fmt.Sprintf("%s:%d: make %s: there is no such target", p.Name, line, found[2]))
			}
		}
	}
	for _, line := range p.Code() {
		look(line.Number, line.Text)
	}
	for _, line := range p.Prose() {
		for _, span := range codeSpan.FindAllString(line.Text, -1) {
			look(line.Number, span)
		}
	}
	for _, b := range p.Blocks {
		if b.Commands() {
			look(b.Line, b.Text)
		}
	}
	return missing
}
