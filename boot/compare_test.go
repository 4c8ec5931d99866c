package boot

import (
	"bytes"
	"encoding/gob"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// TestCompare: what a refresh of changed sources comes to, and that nothing is written where it is nothing new.
func TestCompare(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(h *home)
		verdict verdict
		changes []versionChange
	}{
		"nothing":           {func(*home) {}, isUnchanged, nil},
		"not read":          {func(h *home) { h.write("secrets/other", "x") }, isUnchanged, nil},
		"another value":     {func(h *home) { h.write("secrets/api-key", "sikrit2") }, isNew, []versionChange{{Name: "api-key"}}},
		"two values":        {func(h *home) { h.write("secrets/api-key", "sikrit2"); h.write("secrets/level", "debug") }, isNew, []versionChange{{Name: "api-key"}, {Name: "level"}}},
		"gone":              {func(h *home) { os.Remove(h.path("secrets/level")) }, isNew, []versionChange{{Name: "level", Gone: true}}},
		"refused":           {func(h *home) { h.write("secrets/api-key", "sikrit-bad") }, isRefused, []versionChange{{Name: "api-key"}}},
		"refused and other": {func(h *home) { h.write("secrets/api-key", "sikrit-bad"); h.write("secrets/other", "x") }, isRefused, []versionChange{{Name: "api-key"}}},
		"refused and new":   {func(h *home) { h.write("secrets/api-key", "sikrit-bad"); h.write("secrets/level", "debug") }, isNew, []versionChange{{Name: "api-key"}, {Name: "level"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			key := newDigestKey()
			prepare := func(a *against) *prepared {
				t.Helper()
				b := newBoot(h.options())
				b.digestKey = key
				p, _, err := b.prepare(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			booted := prepare(nil)
			if booted.Compared.Verdict != "" || booted.Kept != nil {
				t.Errorf("a boot compares: %+v", booted)
			}
			h.write("secrets/api-key", "sikrit-bad")
			bad := prepare(&against{Running: booted.Runs})
			if bad.Compared.Verdict != isNew || bad.Kept == nil || len(bad.Wrote) != 1 {
				t.Fatalf("%+v", bad.Compared)
			}
			if err := bad.Kept.Restore(); err != nil {
				t.Fatal(err)
			}
			h.write("secrets/api-key", "sikrit")
			before := h.read("etc/first.json")
			test.change(h)
			next := prepare(&against{Running: booted.Runs, Refused: &bad.Runs})
			if c := next.Compared; c.Verdict != test.verdict || !reflect.DeepEqual(c.Changes, test.changes) {
				t.Errorf("%+v", c)
			}
			if test.verdict == isNew {
				if len(next.Plan.Agent.Argv) == 0 || next.Compared.Action != supervisor.RefreshRestart {
					t.Errorf("%+v", next)
				}
				return
			}
			if len(next.Plan.Agent.Argv) > 0 || next.Kept != nil || h.read("etc/first.json") != before {
				t.Errorf("there is a plan, or a file was written: %+v", next)
			}
		})
	}
}

func (h *home) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(h.path(name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// TestCompareAfterAnOutage: the agent runs on files of an earlier boot, whose parameters nobody knows. The files on disk
// say whether anything is new.
func TestCompareAfterAnOutage(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]verdict{"sikrit": isUnchanged, "sikrit2": isNew} {
		h := newHome(t)
		b := newBoot(h.options())
		b.digestKey = newDigestKey()
		booted, _, err := b.prepare(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		h.write("secrets/api-key", value)
		p, _, err := b.prepare(t.Context(), &against{Running: generation{Run: booted.Runs.Run}})
		if err != nil || p.Compared.Verdict != want {
			t.Errorf("%s: %+v, %v, want %s", value, p, err, want)
		}
	}
}

// TestCompareAfterALostRollback: what was rolled back is still on disk. It is not taken for what runs, also after the way
// to the worker.
func TestCompareAfterALostRollback(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	b := newBoot(h.options())
	b.digestKey = newDigestKey()
	bad, _, err := b.prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	lost := bad.Runs
	lost.Files = notThere()
	var pipe bytes.Buffer
	var got order
	if err := gob.NewEncoder(&pipe).Encode(order{Against: &against{Running: lost, Refused: &bad.Runs}}); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&pipe).Decode(&got); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]verdict{"sikrit": isRefused, "sikrit2": isNew} {
		h.write("secrets/api-key", value)
		p, _, err := b.prepare(t.Context(), got.Against)
		if err != nil || p.Compared.Verdict != want {
			t.Errorf("%s: %+v, %v, want %s", value, p, err, want)
		}
	}
}

func TestDigestsOfParameters(t *testing.T) {
	t.Parallel()
	key := newDigestKey()
	one := secrets.Parameter{Name: "key", FullName: "/a/key", Origin: "ssm:/a", Version: 3, Value: secrets.NewValue("x")}
	digest := func(change func(*secrets.Parameter)) parameterDigest {
		p := one
		change(&p)
		return digestParameters(key, []secrets.Parameter{p})[0]
	}
	same := digest(func(*secrets.Parameter) {})
	for name, change := range map[string]func(*secrets.Parameter){
		"name":    func(p *secrets.Parameter) { p.Name = "other" },
		"place":   func(p *secrets.Parameter) { p.FullName = "/b/key" },
		"source":  func(p *secrets.Parameter) { p.Origin = "environment" },
		"version": func(p *secrets.Parameter) { p.Version = 4 },
		"value":   func(p *secrets.Parameter) { p.Value = secrets.NewValue("y") },
	} {
		if digest(change).same(same) {
			t.Errorf("another %s is not another digest", name)
		}
	}
	if !digest(func(p *secrets.Parameter) { p.LastModified = time.Now() }).same(same) {
		t.Error("the time counts")
	}
	if digestParameters(newDigestKey(), []secrets.Parameter{one})[0].same(same) {
		t.Error("a digest does not depend on its key")
	}
}

func TestWordsOfChanges(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]versionChange{
		"parameter key (version 4 instead of 3)": {Name: "key", Old: 3, New: 4},
		"parameter key (another version 1)":      {Name: "key", Old: 1, New: 1},
		"parameter key (version 4)":              {Name: "key", New: 4},
		"parameter key (gone)":                   {Name: "key", Old: 3, Gone: true},
		"parameter key":                          {Name: "key", Old: 3},
	} {
		if got := c.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	p := &prepared{Compared: comparison{Changes: []versionChange{{Name: "key"}}}, Wrote: []string{"/etc/x"}, Removed: []string{"/etc/y"}}
	if got := strings.Join(p.changes(), "; "); got != "parameter key; file /etc/x; file /etc/y (gone)" {
		t.Error(got)
	}
}

func TestRefreshNamesWhatIsGone(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	key := newDigestKey()
	prepare := func(a *against) *prepared {
		t.Helper()
		o := h.options()
		h.replace(&o, `"${second}", `, `"${second}", when: level, `)
		b := newBoot(o)
		b.digestKey = key
		p, _, err := b.prepare(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	booted := prepare(nil)
	if err := os.Remove(h.path("secrets/level")); err != nil {
		t.Fatal(err)
	}
	next := prepare(&against{Running: booted.Runs})
	want := []string{"parameter level (gone)", "file " + h.path("etc/second.json") + " (gone)"}
	if got := next.changes(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
