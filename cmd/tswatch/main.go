package main

import (
	"context"
	"os"
)

func main() {
	std := stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if stdoutIsClosed() {
		std.out = nil
	}
	os.Exit(runCommand(context.Background(), os.Args, os.Environ(), std))
}
