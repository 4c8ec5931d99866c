package man

import (
	"testing"

	"github.com/tsboot/tsboot/cli/help"
)

// TestBlocks: each kind of block, and each character that roff takes for something else.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, page, want string }{
		{"paragraph", "One `--flag` and **bold**.", "One \\fB\\-\\-flag\\fR and \\fBbold\\fR.\n"},
		{"characters", `a\b 'c' ~d ^e ±1`, "a\\eb \\(aqc\\(aq \\(tid \\(hae \\[u00B1]1\n"},
		{"no macro", ".start", "\\&.start\n"},
		{"heading", "## A \"b\"", ".SS \"A \\(dqb\\(dq\"\n"},
		{"list", "* one\n* two", ".IP \\(bu 3\none\n.IP \\(bu 3\ntwo\n"},
		{"numbers", "1. one", ".IP 1. 4\none\n"},
		{"code", "    .a\n      'b'", ".RS 4\n.nf\n\\&.a\n  \\(aqb\\(aq\n.fi\n.RE\n"},
		{"table", "| code | meaning | again? |\n|---|---|---|\n| 64 | wrong | no |", ".TP\n\\fI64\\fR\nwrong\n.br\nagain?: no\n"},
	} {
		var w writer
		for _, block := range help.Parse(test.page) {
			w.block(block, false)
		}
		if got := w.text.String(); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	var w writer
	w.block(help.Block{Kind: help.Definition, Term: "**-f**, **--format** FORMAT", Text: "how"}, true)
	if want := ".TP\n\\fB\\-f\\fR, \\fB\\-\\-format\\fR\\fI FORMAT\\fR\nhow\n"; w.text.String() != want {
		t.Errorf("definition: got\n%s\nwant\n%s", w.text.String(), want)
	}
}
