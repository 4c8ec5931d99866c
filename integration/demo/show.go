package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"
)

// widest is how much of a line is shown.
const widest = 160

// introduce says what is real here, and how to look on from another terminal.
func (e *env) introduce(pause bool) {
	fmt.Print(`tsboot boots an agent from a Parameter Store, on this machine. It takes a few seconds and leaves nothing behind.
The tsboot is the real one. The agent is a stand-in for Threat Stack's (integration/fakeagent): it takes the same
commands and prints the same words, and watches nothing. The Parameter Store is in memory; nothing leaves this machine.

  $ COMMAND   is what runs, and can be copied
  | LINE      is what the agent prints; the other lines below a command are tsboot's. Long lines are cut
`)
	if !pause {
		fmt.Print(`
To run the commands by yourself, in another terminal: make demo PAUSE=1 waits after each act.
`)
		return
	}
	fmt.Print("\nThe commands work in another terminal while this one waits, after these lines:\n\n")
	for _, variable := range e.variables() {
		name, value, _ := strings.Cut(variable, "=")
		fmt.Printf("    export %s=%s\n", name, shellquote.Join(value))
	}
}

// goOn says what to do next; the commands work when the demo is over.
func (e *env) goOn() {
	fmt.Printf("\n==> Go on by yourself\n")
	command(e.given, "profiles")
	command(e.given, "profiles", "show", "threatstack-1")
	command("make", "store")
	fmt.Printf("The last one is a Parameter Store like the one above, which stays until Ctrl-C. README.md has the way to ECS.\n")
}

// command shows a command that can be copied.
func command(words ...string) { fmt.Printf("$ %s\n", shellquote.Join(words...)) }

func indent(text string) {
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
	indent(line)
}
