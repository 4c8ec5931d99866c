package event

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCommandLine has a real shell run the quoted lines: what it runs gets the arguments back, to the byte.
func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	program := []byte("#!/bin/sh\nprintf '%s\\0' \"${0##*/}\" \"$@\"\n")
	names := []string{"show", "if", "time", "case", "FOO=bar", "with space", "it's", "~", "#x", "-n", "$HOME", "a\nb", "!", "{", "für"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var lines [][]string
	for _, name := range names {
		lines = append(lines, []string{name, "x"})
	}
	for _, arg := range []string{
		"", " ", "'", "''", `"`, `\`, `\'`, "a'b'c", "$x", "$(id)", "`id`", "a;b", "a&b", "a|b", "a>b", "*", "?", "[a]", "{a,b}", "~", "~root",
		"#", "!", "!!", "a\nb", "\n", "\t", "a\\\nb", "-", "--", "=", "a=b", "%1", "^", "(x)", "ä", "\u2028", "\x01\x7f", "https://x.example/?a=1&b=2#c",
	} {
		lines = append(lines, []string{"show", arg}, []string{"show", arg, arg}, []string{"show", "-x" + arg, "end"})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		args := []string{"show"}
		for range 1 + random.IntN(4) {
			arg := make([]byte, random.IntN(6))
			for i := range arg {
				arg[i] = byte(1 + random.IntN(126))
			}
			args = append(args, string(arg))
		}
		lines = append(lines, args)
	}
	var script strings.Builder
	for _, args := range lines {
		script.WriteString(commandLine(args) + "; printf '\\0\\n'\n")
	}
	shell := exec.Command("sh", "-s")
	shell.Env = []string{"PATH=" + dir + ":/bin:/usr/bin", "HOME=/home/somebody"}
	shell.Stdin = strings.NewReader(script.String())
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("sh: %v\n%.2000s", err, out)
	}
	got := bytes.Split(out, []byte("\x00\x00\n"))
	if len(got) != len(lines)+1 {
		t.Fatalf("%d lines came back as %d", len(lines), len(got)-1)
	}
	for i, args := range lines {
		if back := strings.Split(string(got[i]), "\x00"); !slices.Equal(back, args) {
			t.Errorf("%q was quoted as %s and came back as %q", args, commandLine(args), back)
		}
	}
}
