package stage

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"
)

// widest is how much of a line is shown.
const widest = 160

// Command shows a command that can be copied.
func Command(words ...string) { fmt.Printf("$ %s\n", shellquote.Join(words...)) }

// Exports shows how to set variables, NAME=VALUE, in a shell.
func Exports(variables []string) {
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Printf("    export %s=%s\n", name, shellquote.Join(value))
	}
}

// Indent shows a text. Long lines are cut.
func Indent(text string) {
	for line := range strings.Lines(text) {
		fmt.Println("    " + cut(line))
	}
}

func cut(line string) string {
	line = strings.TrimRight(line, "\n")
	if len(line) > widest {
		line = strings.ToValidUTF8(line[:widest], "") + " ..."
	}
	return line
}

// logLine is how a line of tsboot's log begins.
var logLine = regexp.MustCompile(`^\d{4}-\d\d-\d\dT[0-9:.]+Z \[[A-Z]+\] +tsboot: `)

// showOutput shows a line of the outputs that tsboot and the agent share.
func showOutput(line string) {
	if !logLine.MatchString(line) {
		line = "| " + line
	}
	Indent(line)
}
