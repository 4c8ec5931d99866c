//go:build linux

package integration

import (
	"os"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
)

// readMovingPage is a page of docs with the built binary, and a store that its `aws ssm put-parameter` fills.
func readMovingPage(t *testing.T, name string) (*docpage.Page, *store) {
	t.Helper()
	s := memoryStore(t)
	p := docpage.Read(t, "docs/"+name+".md")
	p.Env = s.env
	p.Tool("tsboot", tsbootBinary(t))
	p.AWS(func(one docpage.Parameter) {
		if one.Type == "SecureString" {
			s.secret(one.Name, one.Value)
		} else {
			s.plain(one.Name, one.Value)
		}
	}, nil)
	return p, s
}

// peer runs the blocks of another loader, in their order, where its binary is named, and puts file where the page has one
// of them write it otherwise.
func peer(t *testing.T, p *docpage.Page, s *store, variable, tool, file, content string) []string {
	t.Helper()
	binary := os.Getenv(variable)
	if binary == "" {
		p.File(file, content)
		return nil
	}
	p.Tool(tool, binary)
	var printed []string
	for _, block := range p.Of("sh") {
		if _, shown := block.Shown(); shown {
			printed = append(printed, p.Follow(block, "CHAMBER_AWS_SSM_ENDPOINT="+s.memory.URL(), "AWS_EC2_METADATA_DISABLED=true"))
		}
	}
	return printed
}

// TestFromChamberPage follows docs/from-chamber.md. With CHAMBER_BINARY chamber's commands run, too, on the same store.
func TestFromChamberPage(t *testing.T) {
	t.Parallel()
	p, s := readMovingPage(t, "from-chamber")
	s.secret("/app/prod/api-key", "a&b <c> \"d\" 'e'\nf\n")
	p.Stub("server", "#!/bin/sh\necho \"served with $DB_PASSWORD\"\n")
	commands := p.Commands()
	const value = "p&s\"w$rd"
	p.Follow(commands[0], "VALUE="+value)
	p.Want(commands[1], 78)
	for _, block := range commands[2:4] {
		p.Follow(block)
	}
	for _, block := range commands[4:6] {
		if said := p.Follow(block); !strings.Contains(said, "served with "+value) {
			t.Errorf("the command has another value: %s", said)
		}
	}
	theirs := peer(t, p, s, "CHAMBER_BINARY", "chamber", "chamber-names", "API_KEY\nDB_PASSWORD\n")
	sum := p.Follow(commands[6])
	p.Follow(commands[7])
	export := p.Follow(commands[8])
	if theirs != nil && (theirs[0] != sum || theirs[2] != export) {
		t.Errorf("chamber has %q, tsboot %q and %q", theirs, sum, export)
	}
}
