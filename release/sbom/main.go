// Command sbom writes what is linked into a program, as CycloneDX: go run ./release/sbom -o FILE PROGRAM NAME VERSION.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/tsboot/tsboot/release/content"
)

func main() {
	out := flag.String("o", "", "the `file` to write")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./release/sbom -o FILE PROGRAM NAME VERSION")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *out == "" || flag.NArg() != 3 {
		flag.Usage()
		os.Exit(2)
	}
	text, err := content.SBOM(flag.Arg(0), flag.Arg(1), flag.Arg(2))
	if err == nil {
		err = os.WriteFile(*out, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}
