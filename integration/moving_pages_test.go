//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
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

// TestFromChamberPage follows docs/from-chamber.md. With CHAMBER_BINARY chamber's commands run, too, on the same store.
func TestFromChamberPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "jq")
	p, s := readMovingPage(t, "from-chamber")
	s.secret("/app/prod/api-key", "a&b <c> \"d\" 'e'\nf\n")
	p.Stub("server", servesDBPassword)
	commands := p.Commands()
	const value = "p&s\"w$rd"
	p.Follow(commands[0], "VALUE="+value)
	p.Want(commands[1], 78)
	follow(p, commands[2:4])
	for _, block := range commands[4:6] {
		wantServed(t, p.Follow(block), value)
	}
	theirs := followChamber(p, s)
	ours := follow(p, commands[6:9])
	for i := range theirs {
		if theirs[i] != ours[i] {
			t.Errorf("chamber has %q, tsboot %q", theirs[i], ours[i])
		}
	}
}

// followChamber runs chamber's blocks where its binary is named, and writes the one file that they write otherwise.
func followChamber(p *docpage.Page, s *store) []string {
	chamber := os.Getenv("CHAMBER_BINARY")
	if chamber == "" {
		p.File("chamber-names", "API_KEY\nDB_PASSWORD\n")
		return nil
	}
	p.Tool("chamber", chamber)
	return follow(p, shown(p), "CHAMBER_AWS_SSM_ENDPOINT="+s.memory.URL())
}

// TestFromSSMParentPage follows docs/from-ssm-parent.md.
func TestFromSSMParentPage(t *testing.T) {
	t.Parallel()
	p, s := readMovingPage(t, "from-ssm-parent")
	s.secret("/app/json", `{"USERNAME": "myuser", "DATABASE": "production"}`)
	for _, name := range []string{"AWS_BUCKET", "DATABASE_HOST", "DATABASE_USER", "log-level"} {
		s.plain("/app/prod/"+name, "a "+name)
	}
	s.secret("/app/prod/DATABASE_PASSWORD", "p&s$r")
	p.File("my-app.yaml", p.Of("yaml")[0].Text)
	p.File("ssm-parent-names", "AWS_BUCKET\nDATABASE_HOST\nDATABASE_PASSWORD\nDATABASE_USER\nLOG-LEVEL\n")
	p.Stub("server", servesDBPassword)
	commands := p.Commands()
	p.Follow(commands[0])
	environment := p.Follow(commands[1])
	for _, want := range []string{"AWS_S3_BUCKET=a AWS_BUCKET", "DATABASE_DSN=mysql://a DATABASE_USER@a DATABASE_HOST/app", "DATABASE_PASSWORD=p&s$r", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"} {
		if !strings.Contains(environment, want+"\n") {
			t.Errorf("no %s in\n%s", want, environment)
		}
	}
	if strings.Contains(environment, "LOG") {
		t.Errorf("the profile does not leave out the others:\n%s", environment)
	}
	follow(p, commands[2:7])
	wantDifference(p, commands[7])
}

// TestFromAWSEnvPage follows docs/from-aws-env.md.
func TestFromAWSEnvPage(t *testing.T) {
	t.Parallel()
	p, s := readMovingPage(t, "from-aws-env")
	s.plain("/prod/my-app/DB_USERNAME", "me")
	s.secret("/prod/my-app/db0/DB_PASSWORD", "it's  two\ttabs\\")
	p.File("my-app.yaml", p.Of("yaml")[0].Text)
	p.File("aws-env-names", "DB_USERNAME\ndb0_DB_PASSWORD\n")
	p.Stub("server", servesDBPassword)
	commands := p.Commands()
	p.Want(commands[0], 78)
	if environment := p.Follow(commands[1]); !strings.Contains(environment, "db0_DB_PASSWORD=it's  two\ttabs\\\n") || strings.Contains(environment, "DB0_") {
		t.Errorf("the names do not stay:\n%s", environment)
	}
	follow(p, commands[2:6])
	wantDifference(p, commands[6])
}

// TestFromAShellEntrypointPage follows docs/from-a-shell-entrypoint.md: the page's own script writes the file that tsboot's is
// compared with.
func TestFromAShellEntrypointPage(t *testing.T) {
	t.Parallel()
	p, s := readMovingPage(t, "from-a-shell-entrypoint")
	commands, key := p.Commands(), randomSecret()
	p.File("old.json", p.Of("json")[0].Text)
	p.Stub("cloudsight", "#!/bin/sh\necho \"$1\" >>calls\n")
	p.Follow(p.Of("bash")[0].With("/etc/ts-agent/ts_config.json", "old.json"), "THREATSTACK_DEPLOY_KEY="+key, "THREATSTACK_RULESET=", "THREATSTACK_LOGLEVEL=", "THREATSTACK_SETUP_ARGS=")
	if calls := readFile(t, filepath.Join(p.Dir, "calls")); calls != "setup\n" {
		t.Errorf("the script calls %q: the page says that nothing behind && runs", calls)
	}

	p.File("agent.conf.in", p.Of("ini")[0].Text)
	p.File("my-agent.yaml", p.Of("yaml")[0].Text)
	follow(p, commands[:2], "API_KEY="+key)
	p.Follow(commands[2], "THREATSTACK_DEPLOY_KEY="+key)
	s.plain("/threatstack/prod/ruleset", "Base Rule Set, Docker Rule Set")
	follow(p, commands[3:])
}

// servesDBPassword is the application of the pages.
const servesDBPassword = "#!/bin/sh\necho \"served with ${DB_PASSWORD-nothing}\"\n"

func wantServed(t *testing.T, said, value string) {
	t.Helper()
	if !strings.Contains(said, "served with "+value) {
		t.Errorf("the command has another value: %s", said)
	}
}

// wantDifference runs a block that ends with a diff, which finds what the page shows.
func wantDifference(p *docpage.Page, block *docpage.Block) { p.Want(block, 1) }

// follow runs blocks one after the other, and gives what each printed.
func follow(p *docpage.Page, blocks []*docpage.Block, env ...string) []string {
	var printed []string
	for _, block := range blocks {
		printed = append(printed, p.Follow(block, env...))
	}
	return printed
}

// shown are the blocks that no test runs as a rule.
func shown(p *docpage.Page) []*docpage.Block {
	var list []*docpage.Block
	for _, block := range p.Of("sh") {
		if _, is := block.Shown(); is {
			list = append(list, block)
		}
	}
	return list
}
