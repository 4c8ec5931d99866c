//go:build linux

package integration

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// provocations make tsboot write the lines that docs/troubleshooting.md shows, by the names of its blocks. What stands for
// a path in the page is empty in the store, unless a script says otherwise.
var provocations = map[string]struct {
	fault  string // of Parameter Store
	script string
}{
	"usage":             {script: `tsboot --ssm-path app/prod -- true`},
	"no-credentials":    {script: `unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CONTAINER_CREDENTIALS_FULL_URI; AWS_EC2_METADATA_DISABLED=true tsboot --ssm-path /app/prod -- true`},
	"empty-path":        {script: `tsboot --ssm-path /app/prod -- true`},
	"outage":            {script: `AWS_ENDPOINT_URL_SSM=http://127.0.0.1:1 tsboot --ssm-path /app/prod --fetch-timeout 4s -- true`},
	"tls":               {script: `AWS_ENDPOINT_URL_SSM=$TLS tsboot --ssm-path /app/prod --fetch-timeout 4s -- true`},
	"access-denied":     {fault: secretstest.AccessDenied, script: `tsboot --ssm-path /app/prod -- true`},
	"clock-skew":        {fault: secretstest.ClockSkew, script: `tsboot --ssm-path /app/prod -- true`},
	"write":             {script: `tsboot --profile write.yaml`},
	"setup":             {script: `tsboot --profile setup.yaml`},
	"parameter-missing": {script: `tsboot --profile missing.yaml --ssm-path /app/prod`},
	"crash-loop":        {script: `tsboot exec --restart always --backoff-initial 1ms --start-limit-burst 2 -- true`},
	"not-found":         {script: `tsboot=$(command -v tsboot); PATH=/usr/bin:/bin $tsboot exec -- server`},
	"not-executable":    {script: `tsboot exec -- ./server`},
	"signal":            {script: `tsboot exec -- sh -c 'kill -9 $$'`},
}

// provokedProfiles are what the scripts run.
var provokedProfiles = map[string]string{
	"write.yaml":   "name: write\nfiles: [{path: /proc/agent.conf, format: json, content: {a: b}}]\nrun: {argv: [/bin/true]}\n",
	"setup.yaml":   "name: setup\nsetup: [{name: register, argv: [/bin/sh, -c, 'echo the key is not valid; exit 3']}]\nrun: {argv: [/bin/true]}\n",
	"missing.yaml": "name: missing\nparameters: {api-key: {required: true, env: [API_KEY]}}\nrun: {argv: [/bin/true]}\n",
}

// TestTroubleshootingPage: the lines that docs/troubleshooting.md shows are those that the binary writes.
func TestTroubleshootingPage(t *testing.T) {
	t.Parallel()
	p, s := readMovingPage(t, "troubleshooting")
	s.plain("/app/prod/level", "info")
	p.Stub("server", "#!/bin/sh\n")
	p.Follow(p.Commands()[0])
	shown := map[string]*docpage.Block{}
	for _, block := range p.Blocks {
		if name, is := strings.CutPrefix(block.Info, "log "); is {
			shown[name] = block
		}
	}
	for name := range provocations {
		if shown[name] == nil {
			t.Errorf("the page does not show %s", name)
		}
	}
	for file, text := range provokedProfiles {
		p.File(file, text)
	}
	p.File("server", "")
	for name, block := range shown {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provoke(t, p.In(t), name, block)
		})
	}
}

func provoke(t *testing.T, p *docpage.Page, name string, want *docpage.Block) {
	how, ok := provocations[name]
	if !ok {
		t.Fatalf("%s:%d: no test writes these lines", want.Page, want.Line)
	}
	s := memoryStore(t)
	if name != "empty-path" {
		s.plain("/app/prod/level", "info")
	}
	if how.fault != "" {
		s.memory.Script(secretstest.Fault{Kind: how.fault, Times: secretstest.Forever})
	}
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler()) // nobody knows who signed its certificate
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0)
	unknown.StartTLS()
	defer unknown.Close()
	p.Env = s.env
	result := p.Run(&docpage.Block{Page: want.Page, Line: want.Line, Text: how.script}, "TLS="+unknown.URL)
	for line := range strings.Lines(want.Text) {
		if err := docpage.Compare(result.Printed, "...\n"+line+"...\n"); err != nil {
			t.Errorf("%s:%d: %v", want.Page, want.Line, err)
		}
	}
	if result.Code == 0 {
		t.Error("it exits with 0")
	}
}

// TestTroubleshootingCodes: the page has each exit code, and no code of an error that is not in docs/errors.md.
func TestTroubleshootingCodes(t *testing.T) {
	t.Parallel()
	page, codes, errors := readFile(t, "../docs/troubleshooting.md"), readFile(t, "../docs/exit-codes.md"), readFile(t, "../docs/errors.md")
	headings := strings.Join(regexp.MustCompile(`(?m)^### .*$`).FindAllString(page, -1), "\n")
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9][0-9, +n]*) \|`).FindAllStringSubmatch(codes, -1) {
		for code := range strings.SplitSeq(row[1], ", ") {
			if !regexp.MustCompile(`\b` + regexp.QuoteMeta(code) + `\b`).MatchString(headings) {
				t.Errorf("no heading has the exit code %s", code)
			}
		}
	}
	for _, table := range strings.Split(page, "\n\n") {
		if !strings.HasPrefix(table, "| `code` |") {
			continue
		}
		for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z].*?`) \\|").FindAllStringSubmatch(table, -1) {
			for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
				if code[1] != "code" && !strings.Contains(errors, "\n### "+code[1]+"\n") {
					t.Errorf("docs/errors.md has no %s", code[1])
				}
			}
		}
	}
}
