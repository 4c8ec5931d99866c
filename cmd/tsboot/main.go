package main

import (
	"context"
	"os"

	"github.com/tsboot/tsboot/supervisor"
)

func main() {
	supervisor.HideMemory() // again, for a binary that is linked without start: see start.go
	os.Exit(supervisor.Main(roomFor(os.Args), func(thread *supervisor.MainThread) int {
		return runCommand(context.Background(), os.Args, os.Environ(), stdio{os.Stdin, os.Stdout, os.Stderr}, thread)
	}))
}
