// Command tree makes the files of the image in a directory: the programs, their SBOMs, the roots of trust. The Dockerfile
// runs it, and so does make image for each platform.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/tsboot/tsboot/release/content"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tree:", err)
		os.Exit(1)
	}
}

func run() error {
	dir := flag.String("o", "", "the `directory` to make")
	version := flag.String("version", "devel", "what the programs call themselves")
	target := flag.String("platform", runtime.GOOS+"/"+runtime.GOARCH, "what they are built for")
	created := flag.Int64("created", 0, "the time of each file, in `seconds` since 1970")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./release/tree -o DIR [-version V] [-platform linux/arm64] [-created SECONDS] PROGRAM...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *dir == "" || flag.NArg() == 0 {
		flag.Usage()
		return fmt.Errorf("name a directory and the programs")
	}
	platform, err := content.ParsePlatform(*target)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	if left, err := os.ReadDir(*dir); err != nil || len(left) > 0 {
		return fmt.Errorf("%s must be an empty directory: %s is in it", *dir, strings.Join(names(left), ", "))
	}
	return content.Tree(*dir, flag.Args(), *version, platform, time.Unix(*created, 0))
}

func names(entries []os.DirEntry) []string {
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}
