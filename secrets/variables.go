package secrets

import "strings"

// Variables is a list of NAME=VALUE as a map. The first entry of a name counts, as
// for getenv(3) and os.Getenv; an entry without '=' is not a variable.
func Variables(environ []string) map[string]string {
	variables := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if _, seen := variables[name]; ok && !seen {
			variables[name] = value
		}
	}
	return variables
}

// Variable is one variable of such a list; ok is false if it is not there.
func Variable(environ []string, name string) (value string, ok bool) {
	for _, entry := range environ {
		if n, value, ok := strings.Cut(entry, "="); ok && n == name {
			return value, true
		}
	}
	return "", false
}
