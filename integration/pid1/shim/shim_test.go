//go:build linux

package main

import (
	"slices"
	"testing"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			if n := slices.Index(pairs, name); n >= 0 {
				return pairs[n+1]
			}
			return ""
		}
	}
	for _, test := range []struct {
		name  string
		as    func([]string, func(string) string) (call, error)
		args  []string
		env   func(string) string
		flags []string
	}{
		{"group by default", dumbInit, []string{"true"}, env(), nil},
		{"single child", dumbInit, []string{"-c", "--", "true"}, env(), []string{"--signal-scope=process"}},
		{"by environment", dumbInit, []string{"true"}, env("DUMB_INIT_SETSID", "0"), []string{"--signal-scope=process"}},
		{"rewrites", dumbInit, []string{"-r", "15:2", "--rewrite", "1:0", "true"}, env(), []string{"--signal-rewrite=15:2", "--signal-rewrite=1:0"}},
		{"child by default", tini, []string{"true"}, env(), []string{"--signal-scope=process"}},
		{"tini's group", tini, []string{"-g", "true"}, env(), nil},
		{"codes", tini, []string{"-e", "143", "-e", "3", "-s", "--", "true"}, env(), []string{"--exit-remap=143", "--exit-remap=3"}},
		{"parent", tini, []string{"-vvv", "-p", "SIGUSR1", "--", "true"}, env(), []string{"--parent-death-signal=SIGUSR1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := test.as(test.args, test.env)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.command, []string{"true"}) {
				t.Errorf("the command is %q", c.command)
			}
			for _, f := range test.flags {
				if !slices.Contains(c.flags, f) {
					t.Errorf("%s is missing in %q", f, c.flags)
				}
			}
			if len(test.flags) == 0 && slices.Contains(c.flags, "--signal-scope=process") {
				t.Error("the group is not signalled")
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--"}, {"-x", "true"}, {"-r"}, {"-e"}} {
		if _, err := dumbInit(args, func(string) string { return "" }); err == nil {
			t.Errorf("dumb-init takes %q", args)
		}
		if _, err := tini(args, func(string) string { return "" }); err == nil {
			t.Errorf("tini takes %q", args)
		}
	}
}
