package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(boot(context.Background(), os.Args, os.Environ(), stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
