package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// ecsFields are the fields of ECS 9.0 that events may have, with ECS's type of each; a list is an array there. What begins
// with + is tswatch's own or, as user.audit.id and aws.ecs.task.arn, from the neighbours of ECS (auditd module, AWS).
// From https://www.elastic.co/docs/reference/ecs/ecs-field-reference.
var ecsFields = fields(`
@timestamp date
ecs.version keyword
event.kind keyword
event.category list
event.type list
event.action keyword
event.outcome keyword
event.severity long
event.sequence long
event.dataset keyword
message text
host.hostname keyword
process.pid long
process.vpid long
process.parent.pid long
process.executable keyword
process.name keyword
process.args list
process.args_count long
process.command_line text
process.working_directory keyword
user.id keyword
user.name keyword
user.effective.id keyword
+user.audit.id keyword
container.id keyword
container.name keyword
container.runtime keyword
container.image.name keyword
container.image.tag list
container.image.hash.all list
+container.parent.id keyword
source.ip ip
source.port long
destination.ip ip
destination.port long
+destination.path keyword
network.type keyword
network.transport keyword
file.path keyword
error.code keyword
tags list
orchestrator.type keyword
orchestrator.namespace keyword
orchestrator.cluster.name keyword
orchestrator.resource.type keyword
orchestrator.resource.name keyword
orchestrator.resource.id keyword
+aws.ecs.task.arn keyword
rule.id keyword
rule.name keyword
rule.ruleset keyword
rule.description keyword
threat.technique.id list
+tswatch.attribution.method keyword
+tswatch.attribution.reason keyword
+tswatch.attribution.latency_us long
+tswatch.tty keyword
+tswatch.module keyword
+tswatch.truncated boolean
+tswatch.lossy boolean
+tswatch.repeated long
+tswatch.lost.records long
+tswatch.lost.serials long
+tswatch.lost.where keyword
`)

// ecsTypes are which types ECS expects with a category (expected_event_types).
var ecsTypes = fields(`
authentication start end info
configuration access change creation deletion info
driver change end info start
file access change creation deletion info
host access change end info start
iam admin change creation deletion group info user
intrusion_detection allowed denied info
network access allowed connection denied end info protocol start
package access change deletion info installation start
process access change end info start
session start end info
`)

// fields reads lines of a name and what belongs to it.
func fields(text string) map[string][]string {
	m := make(map[string][]string)
	for line := range strings.Lines(text) {
		if words := strings.Fields(strings.TrimPrefix(line, "+")); len(words) > 0 {
			m[words[0]] = words[1:]
		}
	}
	return m
}

// allEvents are the events of the golden files and those that are no records.
func allEvents(t testing.TB) map[string]*Event {
	events := map[string]*Event{
		"loss": NewLoss(Lost{Records: 9, Serials: 3, Where: "socket"}, time.UnixMilli(1767323045678), "ip-10-0-0-7"),
	}
	for _, g := range readGolden(t) {
		events[g.path] = g.event
	}
	events["repeated"] = events["testdata/golden/alert.txtar"].Repeat(12)
	return events
}

func line(t testing.TB, e *Event, f Format) []byte {
	t.Helper()
	b, err := e.Append(nil, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryFieldIsOfECS(t *testing.T) {
	seen := make(map[string]bool)
	for name, e := range allEvents(t) {
		var object map[string]any
		if err := json.Unmarshal(line(t, e, FormatECS), &object); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		walk("", object, func(path string, value any) {
			seen[path] = true
			if err := checkField(ecsFields, path, value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	for _, path := range slices.Sorted(maps.Keys(ecsFields)) {
		if !seen[path] && path != "source.port" {
			t.Errorf("no event has the field %s", path)
		}
	}
}

// walk visits the leaves of an object.
func walk(path string, value any, visit func(path string, value any)) {
	object, ok := value.(map[string]any)
	if !ok {
		visit(path, value)
		return
	}
	for name, value := range object {
		walk(strings.TrimPrefix(path+"."+name, "."), value, visit)
	}
}

func checkField(known map[string][]string, path string, value any) error {
	kind, ok := known[path]
	if !ok {
		return fmt.Errorf("field %s is not of the schema", path)
	}
	switch v := value.(type) {
	case string:
		switch kind[0] {
		case "date":
			_, err := time.Parse("2006-01-02T15:04:05.000Z", v)
			return err
		case "ip":
			_, err := netip.ParseAddr(v)
			return err
		case "keyword", "text":
			if v != "" {
				return nil
			}
		}
	case float64:
		if kind[0] == "long" {
			return nil
		}
	case bool:
		if kind[0] == "boolean" && v {
			return nil
		}
	case []any:
		if kind[0] == "list" && len(v) > 0 {
			return nil
		}
	}
	return fmt.Errorf("field %s is %v, not %s", path, value, kind[0])
}

func TestClassesAreOfECS(t *testing.T) {
	check := func(action string, c class) {
		if len(c.category) != 1 {
			t.Errorf("%s: categories %v", action, c.category)
			return
		}
		allowed, ok := ecsTypes[c.category[0]]
		if !ok || len(c.kind) == 0 {
			t.Errorf("%s: category %v, type %v", action, c.category, c.kind)
		}
		for _, kind := range c.kind {
			if !slices.Contains(allowed, kind) {
				t.Errorf("%s: type %s does not go with category %s", action, kind, c.category[0])
			}
		}
	}
	for action, c := range classes {
		check(action, c)
	}
	for name, e := range allEvents(t) {
		check(name, class{e.Event.Category, e.Event.Type})
	}
}

// TestHandWrittenJSON holds what Append writes by hand to what encoding/json makes of the tags: the same names, values and
// order.
func TestHandWrittenJSON(t *testing.T) {
	everything := full(reflect.TypeFor[Event]()).Interface().(Event)
	everything.Timestamp = time.UnixMilli(1767323045678)
	events := allEvents(t)
	events["everything"] = &everything
	for name, e := range events {
		got := tokens(t, line(t, e, FormatECS))
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		want := tokens(t, text)
		if !slices.Equal(got[3:], want[3:]) { // the first are the timestamp, which encoding/json writes in another form
			t.Errorf("%s:\n%v\nencoding/json:\n%v", name, got, want)
		}
	}
}

// full is a value of type t in which nothing is empty.
func full(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[time.Time]():
	case t.Kind() == reflect.Pointer:
		v.Set(full(t.Elem()).Addr())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(full(t.Field(i).Type))
		}
	case t.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, full(t.Elem()), full(t.Elem())))
	case t.Kind() == reflect.String:
		v.SetString("<a> & \"b\"\n")
	case t.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(7)
	default:
		v.SetUint(7)
	}
	return v
}

func tokens(t *testing.T, text []byte) []string {
	t.Helper()
	var all []string
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		all = append(all, fmt.Sprint(token))
	}
}
