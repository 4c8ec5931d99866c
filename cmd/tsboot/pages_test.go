package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/docslint"
)

// TestPagesHaveRightCommands: every command of tsboot in the pages is one that its command line takes, in blocks of
// commands and in the text.
func TestPagesHaveRightCommands(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, page := range docslint.Pages(t) {
		if page.Name == "CHANGELOG.md" { // of the past, too
			continue
		}
		for _, block := range page.Blocks {
			if block.Commands() {
				for _, words := range tsbootCommands(t, block.Text) {
					seen++
					if err := wrongCommand(words); err != nil {
						t.Errorf("%s:%d: tsboot %s: %v", page.Name, block.Line, strings.Join(words, " "), err)
					}
				}
			}
		}
		for at, words := range spokenCommands(page) {
			seen++
			if err := wrongCommand(words); err != nil {
				t.Errorf("%s: tsboot %s: %v", at, strings.Join(words, " "), err)
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d commands only", seen)
	}
}

// wrongCommand parses a command line as main does, and stops before it would run.
func wrongCommand(words []string) error {
	root := (&app{}).rootCommand()
	command := words
	if i := slices.Index(words, "--"); i >= 0 {
		command = words[:i]
	}
	cmd, rest, err := root.Find(slices.Clone(command))
	if err != nil {
		return err
	}
	cmd.InitDefaultHelpFlag()
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if left := cmd.Flags().Args(); cmd == root && len(left) > 0 {
		return fmt.Errorf("%q is not a command", left[0])
	}
	return nil
}

// tsbootCommands are the arguments of each call of tsboot in a script: by its name, by its path in an image, and as what a
// container engine runs. A word that the shell would make is the letter X.
func tsbootCommands(t *testing.T, script string) [][]string {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		t.Errorf("%v\n%s", err, script)
		return nil
	}
	var commands [][]string
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, word := range call.Args {
			words = append(words, shellWord(word))
		}
		if i := slices.IndexFunc(words, isTsboot); i == 0 || i > 0 && runsAnother(words) && !slices.Contains(words[:i], "--") {
			rest := words[i+1:]
			if i > 0 && words[i-1] == "--entrypoint" { // the image comes first
				rest = rest[min(1, len(rest)):]
			}
			commands = append(commands, rest)
		}
		return true
	})
	return commands
}

// runsAnother says whether a command runs another one, which stands among its arguments.
func runsAnother(words []string) bool {
	switch words[0] {
	case "docker", "podman", "kubectl":
		return slices.Contains(words, "run") || slices.Contains(words, "exec")
	case "sudo", "env", "exec", "timeout", "nohup", "time", "systemd-run", "unshare", "strace":
		return !slices.Contains(words, "install") // which copies it
	}
	return false
}

func isTsboot(word string) bool {
	return word == "tsboot" || strings.HasSuffix(word, "/tsboot") && !strings.Contains(word, ":")
}

func shellWord(word *syntax.Word) string {
	var b strings.Builder
	var write func(parts []syntax.WordPart)
	write = func(parts []syntax.WordPart) {
		for _, part := range parts {
			switch part := part.(type) {
			case *syntax.Lit:
				b.WriteString(part.Value)
			case *syntax.SglQuoted:
				b.WriteString(part.Value)
			case *syntax.DblQuoted:
				write(part.Parts)
			default:
				b.WriteByte('X')
			}
		}
	}
	write(word.Parts)
	return b.String()
}

var (
	span   = regexp.MustCompile("`([^`]+)`")
	spoken = regexp.MustCompile(`^(?:/?tsboot|\$ tsboot)(?: (.*))?$`)
)

// spokenCommands are those in the text of a page, between backquotes or indented, by their place. They may leave things out:
// "..." and what stands in brackets is not there, a word in capitals is any word.
func spokenCommands(page *docslint.Page) map[string][]string {
	found := map[string][]string{}
	add := func(line int, text string) {
		if m := spoken.FindStringSubmatch(text); m != nil {
			text := regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(m[1], "")
			text, _, _ = strings.Cut(text, " # ")
			text, _, _ = strings.Cut(text, " > ")
			text, _, _ = strings.Cut(text, " | ")
			text = strings.TrimSuffix(strings.TrimSpace(text), `\`)
			words := slices.DeleteFunc(strings.Fields(text), func(w string) bool { return w == "..." || w == "…" })
			found[fmt.Sprintf("%s:%d (%d)", page.Name, line, len(found))] = words
		}
	}
	for _, line := range page.Prose() {
		for _, m := range span.FindAllStringSubmatch(line.Text, -1) {
			add(line.Number, m[1])
		}
	}
	for _, line := range page.Code() {
		add(line.Number, line.Text)
	}
	return found
}

// otherFlags are flags of other programs that the pages name alone, with the program.
var otherFlags = map[string]string{
	"--init": "docker run", "--cap-add": "docker run", "--cap-drop": "docker run", "--network": "docker run", "--pid": "docker run",
	"--env-file": "docker run", "--value": "aws ssm put-parameter", "--namespace": "kubectl",
}

// otherPrograms are pages, by the beginning of their name, that are about the flags of another program.
var otherPrograms = map[string]string{
	"docs/agents/": "the agents", "docs/from-": "what tsboot replaces", "docs/store.md": "the store in memory",
	"docs/watch": "tswatch", "docs/design-watch.md": "tswatch",
}

func aboutAnother(page string) bool {
	for prefix := range otherPrograms {
		if strings.HasPrefix(page, prefix) {
			return true
		}
	}
	return false
}

// otherVariables are those of the tests and of make, and one that an example makes.
var otherVariables = []string{
	"TSBOOT_AUDIT_SAMPLES", "TSBOOT_REQUIRE", "TSBOOT_STRESS", "TSBOOT_TEST_BINARY", "TSBOOT_TEST_SSM_ENDPOINT", "TSBOOT_UPDATE_DOCS", "TSBOOT_PID", "TSBOOT_",
}

// flagsOfTswatch are those that the tables of docs/watch.md have, which a test of that program writes.
func flagsOfTswatch(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../docs/watch.md")
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		flags[m[1]] = true
	}
	return flags
}

// TestPagesHaveRightNames: every flag and every variable of tsboot that a page names is there. What stands under a heading about
// tswatch may name flags of that.
func TestPagesHaveRightNames(t *testing.T) {
	t.Parallel()
	flags, variables := map[string]bool{"help": true, "version": true}, map[string]bool{}
	for _, name := range cli.AllFlags((&app{}).rootCommand()) {
		flags[name] = true
		variables[program.Variable(name)] = true
	}
	watch := flagsOfTswatch(t)
	lone, variable := regexp.MustCompile("^--([a-z][a-z0-9-]*)"), regexp.MustCompile(`\bTSBOOT_[A-Z_]*`)
	for _, page := range docslint.Pages(t) {
		if page.Name == "CHANGELOG.md" {
			continue
		}
		heading := ""
		for _, line := range page.Prose() {
			if strings.HasPrefix(line.Text, "#") {
				heading = line.Text
			}
			for _, m := range span.FindAllStringSubmatch(line.Text, -1) {
				name := lone.FindStringSubmatch(m[1])
				if name == nil || flags[name[1]] || otherFlags["--"+name[1]] != "" || aboutAnother(page.Name) {
					continue
				}
				if !watch[name[1]] || !strings.Contains(heading, "tswatch") {
					t.Errorf("%s:%d: there is no flag --%s", page.Name, line.Number, name[1])
				}
			}
		}
		for i, line := range strings.Split(page.Text, "\n") {
			for _, name := range variable.FindAllString(line, -1) {
				if !variables[name] && !slices.Contains(otherVariables, name) {
					t.Errorf("%s:%d: there is no variable %s", page.Name, i+1, name)
				}
			}
		}
	}
}

// TestLogPageHasRightMessages: every message that docs/log.md explains is one of the program.
func TestLogPageHasRightMessages(t *testing.T) {
	t.Parallel()
	var source strings.Builder
	for _, file := range productFiles(t) {
		text, err := os.ReadFile(filepath.Join("../..", file.path))
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	text, err := os.ReadFile("../../docs/log.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| message |")
	table, _, _ = strings.Cut(table, "\n\n")
	messages := 0
	for line := range strings.Lines(table) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, m := range span.FindAllStringSubmatch(cell, -1) {
			messages++
			before, step := strings.CutSuffix(m[1], " done") // of a step, the supervisor puts this behind what it is
			if !strings.Contains(source.String(), `"`+m[1]+`"`) && !(step && strings.Contains(source.String(), `"`+before+`"`)) {
				t.Errorf("no line of the log says %q", m[1])
			}
		}
	}
	if messages < 15 {
		t.Errorf("%d messages only", messages)
	}
}

// TestReadmeHasEveryAgent: the table of agents has every built-in profile.
func TestReadmeHasEveryAgent(t *testing.T) {
	t.Parallel()
	for _, page := range docslint.Pages(t) {
		if page.Name != "README.md" {
			continue
		}
		for _, p := range profile.Builtins() {
			if !strings.Contains(page.Text, "`"+p.Name+"`") && !strings.Contains(page.Text, "["+p.Name+"](docs/agents/"+p.Name+".md)") {
				t.Errorf("the README does not name the agent %s", p.Name)
			}
		}
	}
}

func TestWrongCommand(t *testing.T) {
	t.Parallel()
	for line, right := range map[string]bool{
		"--ssm-path /a":                             true,
		"--sm-path /a":                              false,
		"--ssm-path /a -- server --anything":        true,
		"chek --ssm-path /a":                        false,
		"check --json --ssm-path /a":                true,
		"check --reveal":                            false,
		"manifest ecs --hosts many":                 false,
		"manifest ecs --hosts 5 --region eu-west-1": true,
		"exec --ssm-path /a -- sh -c 'x'":           true,
		"profiles show exec":                        true,
		"status --help":                             true,
	} {
		if err := wrongCommand(strings.Fields(line)); (err == nil) != right {
			t.Errorf("tsboot %s: %v", line, err)
		}
	}
	script := "X=1 tsboot check --ssm-path \"$A\" | head\nif docker exec agent /tsboot refresh; then :; fi\n(umask 077 && tsboot export >x)\ndocker run -v x:/tsboot y\naws iam put-role-policy --policy-name tsboot --x\nmake -C tsboot build\ndocker build -t tsboot .\ndocker run --entrypoint /tsboot image check\necho -- tsboot nothing\n"
	want := [][]string{{"check", "--ssm-path", "X"}, {"refresh"}, {"export"}, {"check"}}
	if got := tsbootCommands(t, script); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("the commands are %q, want %q", got, want)
	}
}
