package secrets

import "strings"

// Secret says whether the source treats the value as a secret: a SecureString, a
// value of Secrets Manager, a file of --secrets-dir, a value of --resolve-env. An
// unknown type is secret. Values of the environment and the command line have no
// type: only the profile says which of them are secret.
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
