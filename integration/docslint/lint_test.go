package docslint

import (
	"path"
	"strings"
	"sync"
	"testing"
)

// readmeLines is how long the first page may be.
const readmeLines = 140

// mayBeLong says how many sentences of a page may have more than 35 words, and why. Pages by task have none.
var mayBeLong = map[string]struct {
	sentences int
	why       string
}{
	"README.md":           {5, "the rule of the house"},
	"CHANGELOG.md":        {30, "each line is one change, whole"},
	"docs/design.md":      {40, "for those who change the program"},
	"docs/profiles.md":    {15, "the reference of a language"},
	"docs/errors.md":      {10, "made from the catalogues: what the program says"},
	"docs/pid1.md":        {5, "measured, row by row"},
	"docs/bench-boot.md":  {5, "how it was measured"},
	"docs/bench-fleet.md": {5, "how it was measured"},
	"docs/bench-pid1.md":  {5, "how it was measured"},
}

// withoutTest are pages with commands that no test follows, and why.
var withoutTest = map[string]string{
	"docs/agents/auditbeat.md":      "the agent is in no package that a test can install",
	"docs/agents/datadog-agent.md":  "the agent is in no package that a test can install",
	"docs/agents/falco.md":          "the agent is in no package that a test can install",
	"docs/agents/falcon-sensor.md":  "the agent is in no package that a test can install",
	"docs/agents/filebeat.md":       "the agent is in no package that a test can install",
	"docs/agents/fluent-bit.md":     "the agent is in no package that a test can install",
	"docs/agents/newrelic-infra.md": "the agent is in no package that a test can install",
	"docs/agents/osquery.md":        "the agent is in no package that a test can install",
	"docs/agents/otel-collector.md": "the agent is run, not its page: its image is built from source",
	"docs/agents/telegraf.md":       "the agent is run, not its page: its image is built from source",
	"docs/agents/vector.md":         "the agent is in no package that a test can install",
	"docs/agents/wazuh-agent.md":    "the agent is in no package that a test can install",
}

// read is done once: all tests look at the same pages.
var read struct {
	sync.Once
	pages []*Page
}

func allPages(t *testing.T) map[string]*Page {
	t.Helper()
	read.Do(func() { read.pages = Pages(t) })
	pages := map[string]*Page{}
	for _, p := range read.pages {
		pages[p.Name] = p
	}
	if len(pages) < 30 {
		t.Fatalf("%d pages only", len(pages))
	}
	return pages
}

func TestLinks(t *testing.T) {
	t.Parallel()
	pages, anchors := allPages(t), map[string]map[string]bool{}
	for _, p := range pages {
		anchors[p.Name] = p.anchors()
	}
	for _, p := range pages {
		for _, broken := range brokenLinks(Top(t), p, anchors) {
			t.Error(broken)
		}
	}
}

func TestMakeTargets(t *testing.T) {
	t.Parallel()
	all := targets(t)
	if !all["test"] || !all["demo"] {
		t.Fatalf("the targets are %v", all)
	}
	for _, p := range allPages(t) {
		if p.Name == "CHANGELOG.md" { // of the past, too
			continue
		}
		for _, missing := range missingTargets(p, all) {
			t.Error(missing)
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	pages := allPages(t)
	for _, p := range pages {
		if long := longSentences(p); len(long) > mayBeLong[p.Name].sentences {
			t.Errorf("%d sentences over %d words, at most %d:\n%s", len(long), longest, mayBeLong[p.Name].sentences, strings.Join(long, "\n"))
		}
	}
	for name := range mayBeLong {
		if pages[name] == nil {
			t.Errorf("an exception for %s, which is gone", name)
		}
	}
	if n := strings.Count(pages["README.md"].Text, "\n"); n > readmeLines {
		t.Errorf("README.md has %d lines, at most %d", n, readmeLines)
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	for _, p := range allPages(t) {
		for _, broken := range brokenTables(p) {
			t.Error(broken)
		}
	}
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	for _, p := range allPages(t) {
		for _, wrong := range wrongBlocks(p) {
			t.Error(wrong)
		}
	}
}

// TestBlocksAreRun: every page with commands has a test that reads it by docpage, which asks for all of its blocks.
func TestBlocksAreRun(t *testing.T) {
	t.Parallel()
	pages, tests := allPages(t), testSources(t)
	for _, p := range pages {
		name, base := `Read(t, "`+p.Name+`"`, `"`+strings.TrimSuffix(path.Base(p.Name), ".md")+`"` // a table of tests has the second
		_, exempt := withoutTest[p.Name]
		switch followed := strings.Contains(tests, "docpage."+name) || strings.HasPrefix(p.Name, "docs/") && (strings.Contains(tests, base) || strings.Contains(tests, `"`+p.Name+`"`)); {
		case runsCommands(p) && !followed && !exempt:
			t.Errorf("%s has commands, and no test follows it: %s)", p.Name, name)
		case exempt && !runsCommands(p):
			t.Errorf("an exception for %s, which needs none", p.Name)
		}
	}
	for name := range withoutTest {
		if pages[name] == nil {
			t.Errorf("an exception for %s, which is gone", name)
		}
	}
}

// TestIndex: the index of the documentation leads to every page of docs.
func TestIndex(t *testing.T) {
	t.Parallel()
	pages := allPages(t)
	for _, p := range pages {
		name, ok := strings.CutPrefix(p.Name, "docs/")
		if ok && !strings.Contains(name, "/") && name != "README.md" && !strings.Contains(pages["docs/README.md"].Text, "]("+name+")") {
			t.Errorf("docs/README.md does not lead to %s", p.Name)
		}
	}
}
