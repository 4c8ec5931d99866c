package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestValues: what a flag may say, and the message where it says something else, with what gave the value.
func TestValues(t *testing.T) {
	t.Parallel()
	nearest := func(string, []string) string { return "green" }
	byVariable := &Origins{Program: Program{Name: "x", Nearest: nearest}, ByVariable: map[string]bool{"colour": true, "dir": true}}
	byFlag := &Origins{Program: Program{Name: "x"}}
	dir := t.TempDir()
	for _, test := range []struct {
		err  error
		want string
	}{
		{byFlag.OneOf("colour", "red", []string{"red", "green"}), ""},
		{byFlag.OneOf("colour", "", []string{"red", "green"}), `--colour "": want one of red, green`},
		{byVariable.OneOf("colour", "gren", []string{"red", "green"}), `variable X_COLOUR "gren": want one of red, green; the nearest is green`},
		{byFlag.Directory("dir", dir), ""},
		{byFlag.Directory("dir", ""), `--dir "": want a directory`},
		{byVariable.Directory("dir", filepath.Join(dir, "gone")), "variable X_DIR: stat " + dir},
		{byFlag.Directory("dir", "/dev/null"), "--dir /dev/null: is not a directory"},
	} {
		switch {
		case test.err == nil && test.want == "":
		case test.err == nil || test.want == "" || !strings.HasPrefix(test.err.Error(), test.want):
			t.Errorf("%v, want %q", test.err, test.want)
		}
	}
}

func TestByteSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ByteSize{
		"0": 0, "1": 1, " 65536 ": 65536, "4k": 4096, "256KiB": 256 << 10, "8MiB": 8 << 20, "1.5GiB": 3 << 29, "2TB": 2 << 40,
	} {
		var size ByteSize
		if err := size.Set(text); err != nil || size != want {
			t.Errorf("%q: %d, %v, want %d", text, size, err, want)
		}
		var again ByteSize
		if err := again.Set(size.String()); err != nil || again != size {
			t.Errorf("%q: printed as %q, which is %d, %v", text, size.String(), again, err)
		}
	}
	for _, text := range []string{"", "-1", "many", "1XB", "MiB", "1 000", "99999999999GiB", "NaN", "inf"} {
		var size ByteSize
		if err := size.Set(text); err == nil {
			t.Errorf("%q is %d", text, size)
		}
	}
}
