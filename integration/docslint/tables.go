package docslint

import (
	"fmt"
	"regexp"
	"strings"
)

var tableRule = regexp.MustCompile(`^\|(?: *:?-+:? *\|)+$`)

// brokenTables are the rows that GitHub would not show as the table's: each has the cells of the first one, and the second
// line is the rule.
func brokenTables(p *Page) []string {
	var broken []string
	cells, row, code := 0, 0, map[int]bool{}
	for _, line := range p.Code() {
		code[line.Number] = true
	}
	for _, line := range p.Prose() {
		text := strings.TrimSpace(line.Text)
		if !strings.HasPrefix(text, "|") || code[line.Number] {
			row = 0
			continue
		}
		row++
		n := strings.Count(strings.ReplaceAll(text, `\|`, ""), "|") - 1
		switch {
		case row == 1:
			cells = n
		case row == 2 && !tableRule.MatchString(text):
			broken = append(broken, fmt.Sprintf("%s:%d: not the rule of a table", p.Name, line.Number))
		}
		if n != cells || !strings.HasSuffix(text, "|") {
			broken = append(broken, fmt.Sprintf("%s:%d: %d cells, the first row has %d", p.Name, line.Number, n, cells))
		}
	}
	return broken
}
