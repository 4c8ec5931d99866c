package cli

import "strings"

// Variables picks the variables of the program out of environ. A variable that is empty counts as unset and is only
// named in empty. An entry without "=" is not a variable. Of a name that occurs twice the first entry counts, as with
// getenv(3).
func (p Program) Variables(environ []string) (given map[string]string, empty map[string]bool) {
	given, empty = map[string]string{}, map[string]bool{}
	for _, entry := range environ {
		name, value, ok := strings.Cut(entry, "=")
		if _, seen := given[name]; seen || empty[name] || !ok || !strings.HasPrefix(name, p.prefix()) {
			continue
		}
		if value == "" {
			empty[name] = true
		} else {
			given[name] = value
		}
	}
	return given, empty
}

// SplitList reads the value of a variable whose flag is a list, or of a flag that takes several values at once: separated by commas, empty items dropped.
func SplitList(value string) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
