// Command pages makes the documentation of a package in a directory: links that lead out of it lead to the repository.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/tsboot/tsboot/release/content"
)

func main() {
	dir := flag.String("o", "", "the `directory` to make")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./release/pages -o DIR PAGE...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *dir == "" || flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	err := os.RemoveAll(*dir) // a page that is no longer there
	if err == nil {
		err = content.Pages(*dir, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}
