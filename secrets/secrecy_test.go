package secrets

import "testing"

// TestSecretBySource: what a source keeps as a secret, of every kind of source.
func TestSecretBySource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p    Parameter
		want bool
	}{
		"a SecureString":                 {Parameter{Type: "SecureString"}, true},
		"a String":                       {Parameter{Type: "String", FullName: "/app/level"}, false},
		"a StringList":                   {Parameter{Type: "StringList", FullName: "/app/hosts"}, false},
		"a secret of Secrets Manager":    {Parameter{Type: "SecureString", FullName: "/aws/reference/secretsmanager/db"}, true},
		"the same, called a String":      {Parameter{Type: "String", FullName: "/aws/reference/secretsmanager/db"}, true},
		"one key of it":                  {Parameter{Type: "String", FullName: "/aws/reference/secretsmanager/db#user"}, true},
		"a file":                         {Parameter{Type: "file", FullName: "/run/secrets/key"}, true},
		"a String that a variable names": {Parameter{Type: "String", Referred: true}, true},
		"a type of tomorrow":             {Parameter{Type: "SealedString"}, true},
		"the environment":                {Parameter{FullName: "LEVEL", Origin: "environment"}, false},
		"the command line":               {Parameter{FullName: "level", Origin: "--set"}, false},
	} {
		if got := test.p.Secret(); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
