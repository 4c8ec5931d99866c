// Command agents writes docs/agents: a page for each built-in profile whose agent people run. What a page says of the
// profile it reads from the built program (profiles show, iam-policy); what the profile does not know (the vendor's image,
// an example of a value) stands in table.go.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tsboot/tsboot/integration/binary"
)

func main() {
	write := flag.String("write", "docs/agents", "write the pages below this `DIR`")
	flag.Parse()
	if err := writePages(*write); err != nil {
		fmt.Fprintln(os.Stderr, "agents:", err)
		os.Exit(1)
	}
}

func writePages(dir string) error {
	tmp, err := os.MkdirTemp("", "tsboot-agents.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	tsboot, err := binary.Build(tmp, "tsboot")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, a := range agents {
		text, err := page(tsboot, &a)
		if err != nil {
			return fmt.Errorf("page of %s: %w", a.profile, err)
		}
		if err := os.WriteFile(filepath.Join(dir, a.profile+".md"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
