package ssm

import "strings"

// oneLine makes a text of another side fit into a message: no control
// characters, not without end.
func oneLine(s string) string {
	const most = 600
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
