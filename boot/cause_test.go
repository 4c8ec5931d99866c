package boot

import (
	"slices"
	"testing"

	"github.com/tsboot/tsboot/secrets/ssm"
)

// TestByCause: findings of one cause are one problem, in the place of the first; others stay as they are.
func TestByCause(t *testing.T) {
	t.Parallel()
	finding := func(code, text, about string) Problem {
		return Problem{Code: code, What: about + ": " + text, Fix: "fix of " + about, Cause: Cause{Text: text, About: about}}
	}
	got := byCause([]Problem{
		finding("a", "down", "/1"),
		finding("b", "down", "/2"), // another code
		finding("a", "down", "/3"),
		finding("a", "up", "/4"), // another text
		{Code: "c", What: "alone"},
		{Code: "c", What: "alone, too"}, // nothing in common
		{Code: "c", What: "alone"},      // the same again
		finding("a", "down", "/5"),
	})
	var what []string
	for _, p := range got {
		what = append(what, p.What)
	}
	if want := []string{"down", "/2: down", "/4: up", "alone", "alone, too"}; !slices.Equal(what, want) {
		t.Fatalf("%q, want %q", what, want)
	}
	var names []string
	for _, c := range got[0].Concerns {
		names = append(names, c.Name)
	}
	if want := []string{"/1", "/3", "/5"}; !slices.Equal(names, want) || got[0].Fix != "fix of /1" {
		t.Errorf("%q, want %q; fix %q", names, want, got[0].Fix)
	}
	for _, p := range got[1:] {
		if p.Concerns != nil {
			t.Errorf("%s has a list", p.What)
		}
	}
}

func TestJoinStatements(t *testing.T) {
	t.Parallel()
	statement := func(action string, resources ...string) ssm.IAMStatement {
		return ssm.IAMStatement{Action: []string{action}, Resource: resources}
	}
	first := []ssm.IAMStatement{statement("read", "1")}
	got := joinStatements(joinStatements(joinStatements(first, []ssm.IAMStatement{statement("read", "2")}), []ssm.IAMStatement{statement("read", "2", "3")}), []ssm.IAMStatement{statement("write", "1")})
	if len(got) != 2 || !slices.Equal(got[0].Resource, []string{"1", "2", "3"}) || !slices.Equal(got[1].Resource, []string{"1"}) {
		t.Errorf("%+v", got)
	}
}
