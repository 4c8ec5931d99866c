package configgen

import (
	"reflect"
	"slices"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
)

// templatesIn lists the fields of a type that hold references.
func templatesIn(in reflect.Type, path string, seen []reflect.Type) (list []string) {
	switch in.Kind() {
	case reflect.Pointer, reflect.Slice:
		return templatesIn(in.Elem(), path, seen)
	case reflect.Struct:
	default:
		return nil
	}
	if in == reflect.TypeFor[profile.Template]() {
		return []string{path}
	}
	if slices.Contains(seen, in) {
		return nil
	}
	for i := range in.NumField() {
		list = append(list, templatesIn(in.Field(i).Type, path+"."+in.Field(i).Name, append(seen, in))...)
	}
	return list
}

// TestFactsNeededLooksEverywhere: a new place for references has to be made by FactsNeeded, too: a fact that is used only
// there would not be asked for. When it is, it belongs in this list, and into testdata/facts.txtar.
func TestFactsNeededLooksEverywhere(t *testing.T) {
	t.Parallel()
	want := []string{
		".Files.Path", ".Files.Content.Text", ".Files.Text.Text", // Render
		".Setup.Argv", ".Setup.Creates", ".Setup.Stdin", // Setup
		".BeforeStart.Argv", ".BeforeStart.Creates", ".BeforeStart.Stdin", // BeforeStart
		".Run.Argv", ".Run.Stop", ".Health.Argv", // Run, Stop, Health
		".Env.Set.Value", // Environment
	}
	got := templatesIn(reflect.TypeFor[profile.Profile](), "", nil)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("references stand in %q, FactsNeeded knows %q", got, want)
	}
}

// TestFactsNeeded: what a boot does not use needs no fact.
func TestFactsNeeded(t *testing.T) {
	t.Parallel()
	const text = `name: x
parameters: {on: {default: "yes"}, off: {}, none: {type: list}}
files:
  - {path: "/etc/${host.name}", format: json, content: {a: {$when: "${off}", b: "${ecs.cluster}"}, c: {$when: "${on}", d: "${ecs.family}"}}}
  - {path: /etc/off, format: text, text: "${ecs.revision|raw}", when: "${off}"}
  - {path: /etc/pieces, format: text, mode: 0644, text: [{for-each: none, text: "${ecs.task-id|raw}${item|raw}"}, {when: "${off}", text: "${ecs.task-id|raw}"}]}
setup:
  - {name: a, argv: [/bin/a, "${host.instance-id}"], when: "${off}"}
before-start:
  - {name: b, argv: [/bin/b], stdin: "${ecs.container-instance}"}
run: {argv: [/bin/x, "${ecs.availability-zone}"], stop: {argv: [/bin/stop, "${ecs.cluster}"]}}
`
	p, err := profile.Parse("x", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		existing, ownCommand bool
		want                 []string
	}{
		{false, false, []string{"host.name", "ecs.family", "ecs.container-instance", "ecs.availability-zone", "ecs.cluster"}},
		{false, true, []string{"host.name", "ecs.family", "ecs.container-instance", "ecs.cluster"}},
		{true, false, []string{"host.name", "ecs.container-instance", "ecs.availability-zone", "ecs.cluster"}},
		{true, true, []string{"host.name", "ecs.container-instance", "ecs.cluster"}},
	} {
		if got := r.FactsNeeded(test.existing, test.ownCommand); !slices.Equal(got, test.want) {
			t.Errorf("existing %v, own command %v: %q, want %q", test.existing, test.ownCommand, got, test.want)
		}
	}
	if without, _ := profile.Builtin("exec"); (&Resolved{Profile: without}).FactsNeeded(false, false) != nil {
		t.Error("a profile without facts needs some")
	}
}
