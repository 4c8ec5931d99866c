package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	write := flag.String("write", "", "write the page to this `FILE`, besides printing the tables")
	flag.Parse()
	text := tables()
	fmt.Print(text)
	if *write == "" {
		return
	}
	if err := os.WriteFile(*write, []byte(page(text)), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}
