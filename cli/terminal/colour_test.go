//go:build linux

package terminal

import (
	"os"
	"testing"

	"github.com/tsboot/tsboot/integration/terminal"
)

func TestColoured(t *testing.T) {
	t.Parallel()
	master, slave, err := terminal.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, c := range map[string]struct {
		file    *os.File
		environ []string
		want    bool
	}{
		"a terminal":         {slave, []string{"TERM=xterm"}, true},
		"no variable at all": {slave, nil, true},
		"an empty NO_COLOR":  {slave, []string{"NO_COLOR="}, true},
		"NO_COLOR":           {slave, []string{"TERM=xterm", "NO_COLOR=1"}, false},
		"another variable":   {slave, []string{"MY_NO_COLOR=1", "TERM=dumber"}, true},
		"a dumb terminal":    {slave, []string{"TERM=dumb"}, false},
		"a device":           {null, []string{"TERM=xterm"}, false},
	} {
		if got := Coloured(c.file, c.environ); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPalette(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{Palette{}.Bad("no"), "no"},
		{NewPalette(true).Bad("no"), "\x1b[31mno\x1b[0m"},
		{NewPalette(true).Good(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
