package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/require"
)

// wordsByRef stands for the one function of the package bash-completion that the script calls for words without "=" and ":".
const wordsByRef = `
_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }
__ltrim_colon_completions() { :; }
`

// TestCompletionInBash: bash itself, with the script that tsboot prints.
func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	require.Tools(t, "bash")
	script, err := exec.Command("tsboot", "completion", "bash").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "tsboot.bash")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		line string
		want []string
	}{
		{"tsboot manif", []string{"manifest"}},
		{"tsboot manifest ecs", []string{"ecs", "ecs-daemon"}},
		{"tsboot --restart ", []string{"always", "no", "on-failure"}},
		{"tsboot exec --stop-on SIGTER", []string{"SIGTERM"}},
		{"tsboot profiles show threat", []string{"threatstack-1", "threatstack-2"}},
		{"tsboot help exit", []string{"exit-codes"}},
	} {
		words := strings.Split(test.line, " ")
		shell := exec.Command("bash", "--norc", "-c", wordsByRef+`
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
__start_tsboot
printf '%s\n' "${COMPREPLY[@]}"`, "bash", file)
		shell.Args = append(shell.Args, words...)
		said, err := shell.Output() // its standard error says that no completion function runs
		if err != nil {
			t.Fatalf("%s: %v\n%s", test.line, err, said)
		}
		var got []string
		for line := range strings.Lines(string(said)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ") // a description may follow
			got = append(got, word)
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.line, got, test.want)
		}
	}
}
