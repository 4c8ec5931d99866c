package main

import (
	"fmt"

	"github.com/tsboot/tsboot/integration/stage"
)

// introduce says what is real here, and how to look on from another terminal.
func (e *env) introduce(pause bool) {
	fmt.Print("tsboot boots tswatch from a Parameter Store, on this machine. It takes a few seconds and leaves nothing behind.\n")
	e.attack.describe()
	if !pause {
		fmt.Print(`
To run the commands by yourself, in another terminal: make demo-watch PAUSE=1 waits after each act.
`)
		return
	}
	fmt.Print("\nThe commands work in another terminal while this one waits, after these lines:\n\n")
	stage.Exports(e.variables())
}

// goOn says what to do next; the commands work when the demo is over.
func (e *env) goOn() {
	fmt.Printf("\n==> Go on by yourself\n")
	stage.Command(e.given, "profiles", "show", "tswatch")
	stage.Command(e.given, "manifest", "kubernetes", "--profile", "tswatch", "--ssm-path", prod)
	fmt.Printf("docs/watch.md is about tswatch, docs/agents/tswatch.md about a fleet.\n")
}
