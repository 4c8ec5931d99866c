// Command sbom prints what is linked into a program, as CycloneDX: go run ./release/sbom PROGRAM NAME VERSION.
package main

import (
	"fmt"
	"os"

	"github.com/tsboot/tsboot/release/content"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: go run ./release/sbom FILE NAME VERSION")
		os.Exit(1)
	}
	text, err := content.SBOM(os.Args[1], os.Args[2], os.Args[3])
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}
