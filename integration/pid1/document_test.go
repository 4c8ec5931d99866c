//go:build linux

package pid1

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/tsboot/tsboot/integration/pid1/adapter"
)

// render is the table: a row a case, a column an init.
func render(groups []caseGroup, inits []*adapter.Adapter, res *results) string {
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "| %s |", g.title)
		for _, i := range inits {
			fmt.Fprintf(&b, " %s |", i.Name)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(inits)) + "\n")
		for _, c := range g.cases {
			fmt.Fprintf(&b, "| %s |", c.heading())
			for _, i := range inits {
				fmt.Fprintf(&b, " %s |", cell(c, i, res))
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// heading is the title, with the issue that it goes back to.
func (c testCase) heading() string {
	if c.from == "" {
		return c.title
	}
	return c.title + " (" + c.from + ")"
}

// cell is one answer where both modes agree, or the one as process 1 and the one as a child.
func cell(c testCase, init *adapter.Adapter, res *results) string {
	var answers []string
	for _, m := range modesOf(c) {
		v, ok := res.got[resultKey{c.id, init.Name, m}]
		if !ok {
			v.answer = "?"
		}
		answers = append(answers, v.answer)
	}
	if len(answers) == 2 && answers[0] != answers[1] {
		return answers[0] + " / " + answers[1]
	}
	return answers[0]
}

// usage says how to put another init to the suite, and the peers' suites to tsboot.
const usage = `
## Another init

A JSON file describes it; ` + "`%1` and `%2`" + ` stand for an option's values (package adapter lists the options):

` + "```json" + `
{"name": "my-init", "binary": "my-init", "end": ["--"], "default": ["process"],
 "options": {"group": {"args": ["-g"]}, "grace": {"args": ["--kill-after", "%1"]}, "by-env": {"env": ["MY_INIT_GROUP=1"]}}}
` + "```" + `

` + "`TSBOOT_PID1_ADAPTER=my-init.json go test ./integration/pid1 -run TestTable -v`" + ` adds its column.

## The peers' own suites

dumb-init's tests and tini's inner tests run against tsboot behind a shim that answers to their command lines:

` + "```sh shown: the sources of the peers are not here" + `
TSBOOT_PID1_DUMB_INIT_SRC=/path/to/dumb-init TSBOOT_PID1_TINI_SRC=/path/to/tini TSBOOT_PID1_PYTHON=/path/to/venv/bin/python \
  go test ./integration/pid1 -run 'TestDumbInitSuite|TestTiniSuite' -v      # Python with pytest, pytest-timeout, psutil
` + "```" + `

tsboot passes all of dumb-init's cases but those that pin its texts (cli_test.py, and one debug text) and six that want
processes to outlive the init; all of tini's checks but its texts, the inherited masks and ignored signals that it hands
on to the child (tsboot gives the child clean ones), and the one that wants reaping to fail without -s.
`

// document is docs/pid1.md.
func document(groups []caseGroup, inits []*adapter.Adapter, res *results, table string) string {
	var b strings.Builder
	b.WriteString(`# What an init does: tsboot beside its peers

Written by ` + "`go test ./integration/pid1 -run TestTable -write`" + `; do not edit. Every cell is a run with real processes:
once with the init as process 1 of a private pid namespace, once as a plain child in a namespace with witnesses beside
it; a signal that reaches a witness makes the answer N. Two answers in a cell are those as process 1 and as a child.

Y: it does. N: it does not, the reason is below. –: it has no such option. The suite asserts tsboot's column; the
others are what was seen of Debian's packages. Where an option is needed for a behaviour it was given.

`)
	b.WriteString(table)
	b.WriteString("## Where tsboot answers N\n\n")
	for _, g := range groups {
		for _, c := range g.cases {
			if c.limit != "" {
				fmt.Fprintf(&b, "* **%s.** %s\n", c.title, c.limit)
			}
		}
	}
	b.WriteString("\n## Where tsboot's Y has a condition\n\n")
	for _, g := range groups {
		for _, c := range g.cases {
			if c.note != "" {
				fmt.Fprintf(&b, "* **%s.** %s\n", c.title, c.note)
			}
		}
	}
	b.WriteString(usage)
	b.WriteString("\n## What was seen of the others\n")
	for _, i := range inits {
		if i.Own {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n", i.Name)
		if v := version(i); v != "" {
			fmt.Fprintf(&b, "Calls itself %q.\n\n", v)
		}
		for _, g := range groups {
			for _, c := range g.cases {
				for _, line := range seen(c, i, res) {
					fmt.Fprintf(&b, "* %s\n", line)
				}
			}
		}
	}
	return b.String()
}

// version is the first line that an init answers to --version.
func version(init *adapter.Adapter) string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, init.Binary, "--version").CombinedOutput()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// seen says why a peer's answer was N, once where both modes agree.
func seen(c testCase, init *adapter.Adapter, res *results) []string {
	var lines []string
	for _, m := range modesOf(c) {
		v := res.got[resultKey{c.id, init.Name, m}]
		why, _, _ := strings.Cut(v.why, "; it said: ")
		line := fmt.Sprintf("%s (%s): %s.", c.title, m, why)
		if len(lines) == 1 && strings.HasSuffix(lines[0], ": "+why+".") {
			return []string{fmt.Sprintf("%s: %s.", c.title, why)}
		}
		if v.answer == noAnswer {
			lines = append(lines, line)
		}
	}
	return lines
}
