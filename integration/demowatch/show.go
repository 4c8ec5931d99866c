package main

import "fmt"

// introduce says what is real here, and how to look on from another terminal.
func (e *env) introduce(pause bool) {
	fmt.Print("tsboot boots tswatch from a Parameter Store, on this machine. It takes a few seconds and leaves nothing behind.\n")
	e.attack.describe()
	e.Introduce("demo-watch", pause)
}

// goOn says what to do next; the commands work when the demo is over.
func (e *env) goOn() {
	fmt.Printf("\n==> Go on by yourself\n")
	e.ShowCommand("profiles", "show", "tswatch")
	e.ShowCommand("manifest", "kubernetes", "--profile", "tswatch", "--ssm-path", prod)
	fmt.Printf("docs/watch.md is about tswatch, docs/agents/tswatch.md about a fleet.\n")
}
