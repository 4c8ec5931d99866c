package configgen

import "strings"

// Readers of dotenv files that read some values differently from a POSIX shell.
const (
	readerGo     = "godotenv"
	readerPython = "python-dotenv"
)

// dotenvLine is a line of a dotenv file.
func dotenvLine(name, text string) (line string, doubts []string, refused *refusal) {
	quoted, doubts, refused := dotenvValue(text)
	return name + "=" + quoted, doubts, refused
}

// dotenvValue quotes a value for a dotenv file. These files have no standard and
// their readers differ. A POSIX shell (`set -a; . ./.env`) always reads exactly the
// value and never runs it. Of the ways to quote, the result has the one that most
// readers take for the value; doubts are the readers that do not.
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

// doubtsInSingle are the readers that misread a value in single quotes. godotenv
// takes a backslash before the closing quote for an escape; python-dotenv has
// escapes in single quotes, too, and expands ${...}.
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

// doubtsInDouble are the readers that misread a value in double quotes. godotenv
// looks at only one character before a quote, strips quotes from the end, and
// undoes escapes in two passes; python-dotenv leaves the backslash before $ and `,
// which a shell needs.
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
