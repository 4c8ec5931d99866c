package secrets

import "strings"

// Secret says whether the source of a parameter keeps its value as a secret: a
// SecureString, a value of Secrets Manager, a file of --secrets-dir, a value of
// --resolve-env. A type that this program does not know counts as secret. What
// the environment and the command line give has no type: there only the profile
// knows.
//
// configgen adds what the profile declares; nothing else decides what is secret.
func (p Parameter) Secret() bool {
	switch p.Type {
	case "":
		return p.Referred
	case "String", "StringList":
		return p.Referred || strings.HasPrefix(p.FullName, SecretsManagerPrefix)
	}
	return true
}
