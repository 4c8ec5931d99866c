package configgen

import "strings"

// Readers of dotenv files that are known to read some values otherwise than a
// POSIX shell does.
const (
	readerGo     = "godotenv"
	readerPython = "python-dotenv"
)

// dotenvLine is a line of a dotenv file.
func dotenvLine(name, text string) (line string, doubts []string, refused *refusal) {
	quoted, doubts, refused := dotenvValue(text)
	return name + "=" + quoted, doubts, refused
}

// dotenvValue quotes a value for a dotenv file. There is no standard for these
// files and their readers differ; what is written is always what a POSIX shell
// (`set -a; . ./.env`) reads exactly and never runs, in the quoting that most
// readers take for the value. The readers that do not are returned.
func dotenvValue(s string) (quoted string, doubts []string, refused *refusal) {
	if strings.ContainsRune(s, 0) {
		return "", nil, &refusal{"holds a NUL byte, which no variable can", "remove it from the value, or export as json or yaml"}
	}
	quoted, refused = envValue(s)
	if refused != nil {
		return "", nil, &refusal{refused.what, "remove it from the value, or export as json, yaml or shell"}
	}
	if quoted == s {
		return s, nil, nil
	}
	double := doubleQuoted(s)
	inDouble := doubtsInDouble(s)
	if strings.Contains(s, "'") {
		return double, inDouble, nil
	}
	if inSingle := doubtsInSingle(s); len(inSingle) <= len(inDouble) {
		return "'" + s + "'", inSingle, nil
	}
	return double, inDouble, nil
}

// doubtsInSingle: godotenv takes a backslash before the closing quote for an
// escape; python-dotenv has escapes here, too, and fills in ${...} even here.
func doubtsInSingle(s string) (readers []string) {
	ends := strings.HasSuffix(s, `\`)
	if ends {
		readers = append(readers, readerGo)
	}
	if ends || strings.Contains(s, `\\`) || strings.Contains(s, "${") {
		readers = append(readers, readerPython)
	}
	return readers
}

// doubtsInDouble: godotenv looks at one character before a quote only, strips
// quotes from the end, and undoes escapes in two passes; python-dotenv leaves
// the backslash before $ and `, which a shell needs.
func doubtsInDouble(s string) (readers []string) {
	ends := strings.HasSuffix(s, `\`)
	if ends || strings.HasSuffix(s, `"`) || strings.Contains(s, `\`) && strings.Contains(s, "$") ||
		strings.Contains(s, `\n`) || strings.Contains(s, `\r`) {
		readers = append(readers, readerGo)
	}
	if strings.ContainsAny(s, "$`") || ends {
		readers = append(readers, readerPython)
	}
	return readers
}
