//go:build linux

package terminal

import (
	"strconv"
	"strings"
)

// Show is what a terminal of that width shows of the bytes that were written to it, one string a row, without blanks at
// their ends. It knows what tsboot writes: text, \r, \n, \b, ESC[K and colours; anything else fails the reader.
func Show(written string, width int) (rows []string, unknown string) {
	row, column := 0, 0
	cells := [][]rune{nil}
	put := func(r rune) {
		if column == width { // the line goes on in the next row
			row, column = row+1, 0
		}
		for len(cells) <= row {
			cells = append(cells, nil)
		}
		for len(cells[row]) <= column {
			cells[row] = append(cells[row], ' ')
		}
		cells[row][column] = r
		column++
	}
	text := []rune(written)
	for i := 0; i < len(text); i++ {
		switch r := text[i]; {
		case r == '\r':
			column = 0
		case r == '\n':
			if row++; row == len(cells) {
				cells = append(cells, nil)
			}
		case r == '\b':
			column = max(0, column-1)
		case r == '\x1b':
			end := i + 1
			for end < len(text) && !(text[end] >= 'A' && text[end] <= 'Z' || text[end] >= 'a' && text[end] <= 'z') {
				end++
			}
			switch sequence := string(text[i+1 : min(end+1, len(text))]); {
			case sequence == "[K":
				if column < len(cells[row]) {
					cells[row] = cells[row][:column]
				}
			case !strings.HasPrefix(sequence, "[") || !strings.HasSuffix(sequence, "m"):
				return nil, strconv.Quote(sequence)
			}
			i = end
		case r < ' ':
			return nil, strconv.QuoteRune(r)
		default:
			put(r)
		}
	}
	for _, line := range cells {
		rows = append(rows, strings.TrimRight(string(line), " "))
	}
	return rows, ""
}
