package secrets

import "strings"

// nameReplacer maps what may separate words in a name to one dash.
var nameReplacer = strings.NewReplacer("_", "-", ".", "-", "/", "-", " ", "-")

// NormalizeName turns what follows a path into a parameter's name:
// "Log/LEVEL" and "log_level" are both "log-level".
func NormalizeName(below string) string {
	return nameReplacer.Replace(strings.ToLower(strings.Trim(below, "/")))
}

// EnvName is the variable that a name stands for: "log-level" is "LOG_LEVEL".
func EnvName(name string) string {
	return strings.ReplaceAll(strings.ToUpper(name), "-", "_")
}
