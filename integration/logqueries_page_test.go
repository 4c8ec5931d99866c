//go:build linux

package integration

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
)

// jsonLog is a log as the real binary writes it, in a task of ECS: a boot, a refresh that is rolled back, a stop, and a
// boot without its command. One line is made from another: a boot that took 12.5 s.
func jsonLog(t *testing.T) string {
	t.Helper()
	s := memoryStore(t)
	s.plain("/app/key", "good")
	env := []string{metadataURI + "=" + s.memory.TaskURL()}
	args := []string{"exec", "--ssm-path", "/app", "--log-format", "json", "--log-level", "info", "--refresh-probation", "2s", "--"}
	o := observe(t, s, env, append(args, "/bin/sh", "-c", `echo "a line of the agent"; [ "$KEY" = good ] || exit 3; exec sleep 1000`)...)
	o.awaitPhase("running")
	s.plain("/app/key", "bad")
	refresh := exec.Command(tsbootBinary(t), "refresh", "--run-dir", o.dir)
	if out, _ := refresh.CombinedOutput(); refresh.ProcessState.ExitCode() != 1 {
		t.Fatalf("refresh: %s\n%s", out, o.stderr())
	}
	o.signal(syscall.SIGTERM)
	o.wantExit(143)
	p := bootOn(t, s, env, append(args, "/no/such/command")...)
	p.wantExit(127)

	booted := regexp.MustCompile(`.*"booted".*\n`).FindString(o.stderr())
	slow := regexp.MustCompile(`"elapsed":"[^"]*","files"`).ReplaceAllString(booted, `"elapsed":"12.5s","files"`)
	if booted == "" || slow == booted {
		t.Fatalf("no line of a boot\n%s", o.stderr())
	}
	return o.stdout() + o.stderr() + slow + p.stderr()
}

// recordedAlerts are the lines of tswatch about the attack of make demo-watch.
func recordedAlerts(t *testing.T) string {
	t.Helper()
	records, err := filepath.Glob("demowatch/records/*.log")
	if err != nil {
		t.Fatal(err)
	}
	replay := exec.Command(must(t)(buildTswatch()), append([]string{"replay", "--run-dir", "", "--containers", "demowatch/records/containers.json"}, records...)...)
	out, err := replay.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestLogQueriesPage runs the lines with jq on that log, and holds the queries for CloudWatch Logs Insights, which is not
// here, to it: each field that they name is in the log, under the name that CloudWatch gives it, and they find the events.
func TestLogQueriesPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "jq")
	page, log := docpage.Read(t, "docs/log-queries.md"), jsonLog(t)+recordedAlerts(t)
	page.File("tsboot.log", log)
	for _, b := range page.Commands() {
		printed := page.Follow(b)
		if printed == "" || strings.Contains(printed, "null\t") {
			t.Errorf("%s:%d prints %q", page.Name, b.Line, printed)
		}
	}
	events := cloudWatchEvents(t, log)
	want := map[string]int{"rollbacks": 1, "slow": 1, "exits": 2, "problems": 3, "where": 4, "alerts": 7}
	for _, b := range page.Of("insights") {
		q := readInsights(t, b)
		found := 0
		for _, event := range events {
			if q.finds(event) {
				found++
			}
		}
		if found != want[b.Info] {
			t.Errorf("%s:%d: the query finds %d events, want %d\n%s", page.Name, b.Line, found, want[b.Info], log)
		}
		for _, field := range q.fields {
			if !anyHas(events, field) {
				t.Errorf("%s:%d: no event has the field %s", page.Name, b.Line, field)
			}
		}
		delete(want, b.Info)
	}
	if len(want) > 0 {
		t.Errorf("no query for %v", want)
	}
	wantLinesToKnow(t, page.Text, events)
}

// wantLinesToKnow: the table's fields are in the events of that message.
func wantLinesToKnow(t *testing.T, text string, events []map[string]string) {
	t.Helper()
	rows := 0
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\| (?:info|warn)[^|]*\\|[^|]*\\|([^|]*)\\|$").FindAllStringSubmatch(text, -1) {
		rows++
		var these []map[string]string
		for _, event := range events {
			if event["@@message"] == row[1] {
				these = append(these, event)
			}
		}
		for _, field := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(row[2], -1) {
			if !anyHas(these, field[1]) {
				t.Errorf("no line %q has %s", row[1], field[1])
			}
		}
	}
	if rows < 5 {
		t.Errorf("%d lines to know", rows)
	}
}

func anyHas(events []map[string]string, field string) bool {
	for _, event := range events {
		for name := range event {
			if name == field || strings.HasPrefix(name, field+".") {
				return true
			}
		}
	}
	return false
}

// cloudWatchEvents are the lines as Logs Insights discovers them: its own fields, and of a line that is a JSON object
// each field, with a dot between the levels. A name that begins with @ gets a second one.
func cloudWatchEvents(t *testing.T, log string) []map[string]string {
	t.Helper()
	var events []map[string]string
	for line := range strings.Lines(log) {
		event := map[string]string{"@message": line, "@timestamp": "1", "@logStream": "x/x/1"}
		var object map[string]any
		if json.Unmarshal([]byte(line), &object) == nil {
			for name, value := range object {
				if strings.HasPrefix(name, "@") {
					name = "@" + name
				}
				discover(event, name, value)
			}
		}
		events = append(events, event)
	}
	return events
}

func discover(event map[string]string, name string, value any) {
	if object, ok := value.(map[string]any); ok {
		for key, inner := range object {
			discover(event, name+"."+key, inner)
		}
		return
	}
	text, ok := value.(string)
	if !ok {
		data, _ := json.Marshal(value) // it came from JSON
		text = string(data)
	}
	event[name] = text
}

// insights is a query: the fields that it reads, and what it filters by, in groups of which one condition must hold.
type insights struct {
	fields  []string
	filters [][]condition
}

type condition struct {
	field string
	holds func(string) bool
}

var (
	comparison = regexp.MustCompile(`^(\S+) (?:= "([^"]*)"|like /(.*)/)$`)
	fieldName  = regexp.MustCompile(`^@{0,2}[a-zA-Z_.]+$`)
	aggregate  = regexp.MustCompile(`(?:count\(\*\)|latest\(([^)]*)\)) as [a-z]+`)
)

// readInsights reads the part of the query language that the page uses. Anything else is an error of the page.
func readInsights(t *testing.T, b *docpage.Block) *insights {
	t.Helper()
	q, named := &insights{}, map[string]bool{}
	read := func(list string) {
		for field := range strings.SplitSeq(list, ", ") {
			if !fieldName.MatchString(field) {
				t.Fatalf("%s:%d: %q is not the name of a field", b.Page, b.Line, field)
			}
			q.fields = append(q.fields, field)
		}
	}
	for i, step := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		if i > 0 {
			step = strings.TrimPrefix(step, "| ")
		}
		command, rest, _ := strings.Cut(step, " ")
		switch command {
		case "fields":
			read(rest)
		case "filter":
			q.filter(t, b, rest, read)
		case "stats":
			values, by, _ := strings.Cut(rest, " by ")
			for _, a := range aggregate.FindAllStringSubmatch(values, -1) {
				if a[1] != "" {
					read(a[1])
				}
				named[a[0][strings.LastIndex(a[0], " ")+1:]] = true
			}
			read(by)
		case "sort":
			if field, _ := strings.CutSuffix(rest, " desc"); !named[field] {
				read(field)
			}
		case "limit":
		default:
			t.Fatalf("%s:%d: this test does not know %q", b.Page, b.Line, step)
		}
	}
	return q
}

func (q *insights) filter(t *testing.T, b *docpage.Block, text string, read func(string)) {
	t.Helper()
	for all := range strings.SplitSeq(text, " and ") {
		var group []condition
		for one := range strings.SplitSeq(all, " or ") {
			parts := comparison.FindStringSubmatch(one)
			if parts == nil {
				t.Fatalf("%s:%d: this test does not know %q", b.Page, b.Line, one)
			}
			read(parts[1])
			holds := func(value string) bool { return value == parts[2] }
			if parts[3] != "" {
				holds = regexp.MustCompile(parts[3]).MatchString
			}
			group = append(group, condition{parts[1], holds})
		}
		q.filters = append(q.filters, group)
	}
}

func (q *insights) finds(event map[string]string) bool {
	for _, group := range q.filters {
		found := false
		for _, c := range group {
			value, has := event[c.field]
			found = found || has && c.holds(value)
		}
		if !found {
			return false
		}
	}
	return true
}

// TestSlowBoots: the page's pattern takes every duration of 10 s or more that a log line can have, and none below.
func TestSlowBoots(t *testing.T) {
	t.Parallel()
	page := docpage.Parse("docs/log-queries.md", readFile(t, filepath.FromSlash("../docs/log-queries.md")))
	patterns := 0
	for _, b := range page {
		found := regexp.MustCompile(`(?:like /|test\(")(\^\(.*\))(?:/|"\))`).FindStringSubmatch(b.Text)
		if found == nil {
			continue
		}
		patterns++
		pattern := regexp.MustCompile(found[1])
		for _, d := range []time.Duration{
			0, time.Millisecond, 442 * time.Millisecond, time.Second, 9999 * time.Millisecond, 10 * time.Second, 12500 * time.Millisecond,
			59 * time.Second, time.Minute, 61 * time.Second, 10 * time.Minute, time.Hour, 25*time.Hour + time.Second, 1234 * time.Microsecond,
		} {
			if got := pattern.MatchString(d.String()); got != (d >= 10*time.Second) {
				t.Errorf("%s: %s is slow: %v", found[1], d, got)
			}
		}
	}
	if patterns != 2 {
		t.Errorf("%d patterns, want those of Insights and of jq", patterns)
	}
}
