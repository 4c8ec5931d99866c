package detect

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/integration/docpage"
)

var update = flag.Bool("update", false, "write the table of fields into docs/watch-rules.md")

// TestPage follows docs/watch-rules.md: its commands, its files, its conditions, and its table of fields.
func TestPage(t *testing.T) {
	t.Parallel()
	page := docpage.Read(t, "docs/watch-rules.md")
	page.Func("tswatch", tswatch)
	for _, b := range page.Commands() {
		page.Follow(b)
	}
	for _, b := range page.Of("yaml") {
		path := filepath.Join(page.Dir, fmt.Sprintf("line-%d.yaml", b.Line))
		if err := os.WriteFile(path, []byte(b.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Test(new(bytes.Buffer), []string{path}); err != nil {
			t.Error(err)
		}
	}
	_, conditions, _ := strings.Cut(page.Text, "## Conditions")
	conditions, _, _ = strings.Cut(conditions, "## Messages")
	rows := regexp.MustCompile("(?m)^\\| `(.+)` \\| ").FindAllStringSubmatch(conditions, -1)
	for _, row := range rows {
		text := "name: Own\nlists: {tools: [a], ports: ['80']}\nrules:\n- {id: r, name: R, severity: 1, when: '" + row[1] + "'}\n"
		load(t, text)
	}
	if len(rows) < 8 {
		t.Errorf("%d conditions", len(rows))
	}
}

// tswatch stands in for the program's `rules`, which hands everything on to this package.
func tswatch(dir string, args []string) docpage.Result {
	var out bytes.Buffer
	failed, err := 0, errors.New("not a command of this page")
	var rules *Rules
	for i := 2; i < len(args); i++ {
		if strings.HasSuffix(args[i], ".yaml") {
			args[i] = filepath.Join(dir, args[i])
		}
	}
	switch strings.Join(args[:2], " ") {
	case "rules check":
		err = Check(&out, args[2:])
	case "rules test":
		failed, err = Test(&out, args[2:])
	case "rules list", "rules show":
		if rules, err = Load(Options{Sets: []string{DockerRuleSet}}); err != nil {
			break
		}
		if err = rules.List(&out, false); args[1] == "show" {
			out.Reset()
			err = rules.Show(&out, args[2], false)
		}
	}
	result := docpage.Result{Printed: strings.ReplaceAll(out.String(), dir+"/", "")}
	switch {
	case err != nil:
		result.Printed += strings.ReplaceAll(err.Error(), dir+"/", "") + "\n"
		result.Code = 64
	case failed > 0:
		result.Code = 1
	}
	return result
}

// TestPageHasEveryField: the table of docs/watch-rules.md is the shape of an event. With -update it is written.
func TestPageHasEveryField(t *testing.T) {
	t.Parallel()
	const name = "../../docs/watch-rules.md"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(data), "<!-- fields -->\n")
	old, after, found := strings.Cut(rest, "<!-- end -->")
	want := fieldTable(t)
	if !found || old == want {
		if !found {
			t.Errorf("%s has no table of fields", name)
		}
		return
	}
	if !*update {
		t.Fatalf("the fields are\n%s\nwant\n%s\ngo test ./watch/detect -run TestPageHasEveryField -update", old, want)
	}
	if err := os.WriteFile(name, []byte(before+"<!-- fields -->\n"+want+"<!-- end -->"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fieldTable(t *testing.T) string {
	t.Helper()
	s, err := newShape()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| of | fields |\n|---|---|\n")
	var alone []string
	for _, f := range s.root.children {
		switch {
		case !f.forRules:
		case len(f.children) == 0:
			alone = append(alone, "`"+f.path+"` "+kindWord(f))
		default:
			fmt.Fprintf(&b, "| `%s` | %s |\n", f.path, strings.Join(leavesOf(f, f.path+"."), ", "))
		}
	}
	fmt.Fprintf(&b, "| the event itself | %s |\n", strings.Join(alone, ", "))
	return b.String()
}

// leavesOf lists fields, with the kind of those that are no text.
func leavesOf(f *field, prefix string) []string {
	var all []string
	for _, c := range f.children {
		if len(c.children) > 0 {
			all = append(all, leavesOf(c, prefix)...)
			continue
		}
		all = append(all, strings.TrimSpace("`"+strings.TrimPrefix(c.path, prefix)+"` "+kindWord(c)))
	}
	return all
}

func kindWord(f *field) string {
	switch {
	case f.typ == timeType:
		return "(time)"
	case f.typ == textsType:
		return "(list)"
	case f.zero.Type().TypeName() == "int":
		return "(number)"
	case f.zero.Type().TypeName() == "bool":
		return "(true or false)"
	}
	return ""
}
