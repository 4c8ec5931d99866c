//go:build linux

package integration

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/terminal"
)

// TestExecIsQuietOnATerminal: exec has the level warn there, unless a level is given.
func TestExecIsQuietOnATerminal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files string
		args  []string
		says  bool
	}{
		"exec":                {"ioe", []string{"exec", "--", "echo", "hello"}, false},
		"only standard error": {"e", []string{"exec", "--", "echo", "hello"}, false},
		"a file":              {"io", []string{"exec", "--", "echo", "hello"}, true},
		"a level":             {"ioe", []string{"exec", "--log-level", "info", "--", "echo", "hello"}, true},
		"a boot":              {"ioe", []string{"--", "echo", "hello"}, true},
		"replace":             {"ioe", []string{"exec", "--replace", "--", "echo", "hello"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, memoryStore(t), c.files, nil, c.args...)
			p.wantExit(0)
			all := p.written() + p.stderr() + p.stdout()
			if strings.Contains(all, "tsboot: starting") != c.says || !strings.Contains(all, "hello") {
				t.Errorf("%q", all)
			}
		})
	}
}

// TestCheckIsColouredOnATerminal: and nowhere else, by the one rule; its last line is the command to run next.
func TestCheckIsColouredOnATerminal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files    string
		env      []string
		coloured bool
	}{
		"a terminal":        {"ioe", nil, true},
		"an empty NO_COLOR": {"ioe", []string{"NO_COLOR="}, true},
		"NO_COLOR":          {"ioe", []string{"NO_COLOR=1"}, false},
		"a dumb terminal":   {"ioe", []string{"TERM=dumb"}, false},
		"a file":            {"ie", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := atTerminal(t, memoryStore(t), c.files, c.env, "check", "--", "true", "two words")
			p.wantExit(0)
			all := strings.TrimSuffix(p.written(), theEnd) + strings.ReplaceAll(p.stdout(), "\n", "\r\n")
			if strings.Contains(all, "\x1b[32m") != c.coloured || strings.Contains(all, "\x1b") != c.coloured {
				t.Errorf("%q", all)
			}
			rows, _ := terminal.Show(all, 80)
			if last := rows[len(rows)-2]; last != "  tsboot -- true 'two words'" {
				t.Errorf("the last line is %q", last)
			}
		})
	}
}
