package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(runCommand(context.Background(), os.Args, os.Environ(), stdio{os.Stdin, os.Stdout, os.Stderr}))
}
