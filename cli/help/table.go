package help

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const columnGap = 2

// tableText writes a table with a line under its header. A column that has no room for its text wraps it.
func tableText(rows [][]string) []string {
	plain := make([][]string, len(rows))
	for i, row := range rows {
		for _, cell := range row {
			plain[i] = append(plain[i], Plain(cell))
		}
	}
	widths := columnWidths(plain)
	var lines []string
	for i, row := range plain {
		lines = append(lines, rowText(row, widths)...)
		if i == 0 {
			var rule []string
			for _, width := range widths {
				rule = append(rule, strings.Repeat("-", width))
			}
			lines = append(lines, rowText(rule, widths)...)
		}
	}
	return lines
}

// columnWidths gives each column what its text needs. Where that is more than there is, the columns that need less than an
// equal share keep what they need, and the others share the rest; none is narrower than its longest word.
func columnWidths(rows [][]string) []int {
	widths, words := make([]int, len(rows[0])), make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row[:min(len(row), len(widths))] {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			for _, word := range strings.Fields(cell) {
				words[i] = max(words[i], utf8.RuneCountInString(word))
			}
		}
	}
	order := make([]int, len(widths)) // from the column that needs least
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return widths[a] - widths[b] })
	left := Width - columnGap*(len(widths)-1)
	for i, column := range order {
		share := left / (len(order) - i)
		widths[column] = max(min(widths[column], share), words[column])
		left -= widths[column]
	}
	return widths
}

func rowText(row []string, widths []int) []string {
	wrapped := make([][]string, len(widths))
	height := 1
	for i := range widths {
		if i < len(row) {
			wrapped[i] = Wrap(row[i], widths[i])
			height = max(height, len(wrapped[i]))
		}
	}
	lines := make([]string, height)
	for n := range lines {
		var b strings.Builder
		for i, width := range widths {
			cell := ""
			if n < len(wrapped[i]) {
				cell = wrapped[i][n]
			}
			b.WriteString(cell + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(cell))+columnGap))
		}
		lines[n] = b.String()
	}
	return lines
}
