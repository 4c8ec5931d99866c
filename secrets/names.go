package secrets

import "strings"

// nameReplacer maps each separator of words to a dash.
var nameReplacer = strings.NewReplacer("_", "-", ".", "-", "/", "-", " ", "-")

// NormalizeName is the name of a parameter, from its full name without the path:
// "Log/LEVEL" and "log_level" are both "log-level".
func NormalizeName(below string) string {
	return nameReplacer.Replace(strings.ToLower(strings.Trim(below, "/")))
}

// EnvName is the variable for a name: "log-level" is "LOG_LEVEL".
func EnvName(name string) string {
	return strings.ReplaceAll(strings.ToUpper(name), "-", "_")
}
