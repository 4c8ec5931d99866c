package secrets

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ below, name, env string }{
		{"deploy-key", "deploy-key", "DEPLOY_KEY"},
		{"Log/LEVEL", "log-level", "LOG_LEVEL"},
		{"/log_level", "log-level", "LOG_LEVEL"},
		{"my.key", "my-key", "MY_KEY"},
		{"a b", "a-b", "A_B"},
		{"a--b", "a--b", "A__B"},
		{"", "", ""},
	} {
		if got := NormalizeName(test.below); got != test.name {
			t.Errorf("NormalizeName(%q) = %q, want %q", test.below, got, test.name)
		}
		if got := EnvName(test.name); got != test.env {
			t.Errorf("EnvName(%q) = %q, want %q", test.name, got, test.env)
		}
	}
}

func FuzzNormalizeName(f *testing.F) {
	for _, s := range []string{"Log/LEVEL", "a_b.c d", "/x/", "ſ", "İ", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, below string) {
		name := NormalizeName(below)
		if strings.ContainsAny(name, "_./ ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("%q is not normalised: %q", below, name)
		}
		if again := NormalizeName(name); again != name {
			t.Errorf("%q changes again to %q", name, again)
		}
		if strings.ContainsAny(EnvName(name), "- ") {
			t.Errorf("variable %q", EnvName(name))
		}
	})
}

func TestLayerRefusesTheSameNameTwice(t *testing.T) {
	t.Parallel()
	_, err := NewLayer("ssm:/a", []Parameter{
		{Name: "log-level", FullName: "/a/log_level"},
		{Name: "key", FullName: "/a/key"},
		{Name: "log-level", FullName: "/a/log/level"},
	})
	want(t, err, CodeAmbiguousName, Invalid, "/a/log_level", "/a/log/level")
}
