package main

import (
	"fmt"

	"github.com/tsboot/tsboot/integration/stage"
)

// introduce says what is real here, and how to look on from another terminal.
func (e *env) introduce(pause bool) {
	fmt.Print(`tsboot boots an agent from a Parameter Store, on this machine. It takes a few seconds and leaves nothing behind.
The tsboot is the real one. The agent is a stand-in for Threat Stack's (integration/fakeagent): it takes the same
commands and prints the same words, and watches nothing. The Parameter Store is in memory; nothing leaves this machine.

  $ COMMAND   is what runs, and can be copied
  | LINE      is what the agent prints; the other lines below a command are tsboot's. Long lines are cut
`)
	e.Introduce("demo", pause)
}

// goOn says what to do next; the commands work when the demo is over.
func (e *env) goOn() {
	fmt.Printf("\n==> Go on by yourself\n")
	e.ShowCommand("profiles")
	e.ShowCommand("profiles", "show", "threatstack-1")
	stage.Command("make", "store")
	fmt.Printf("The last one is a Parameter Store like the one above, which stays until Ctrl-C. README.md has the way to ECS.\n")
}
