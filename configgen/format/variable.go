package format

import "strings"

// Readers of dotenv files that read some values differently from a POSIX shell.
const (
	ReaderGo     = "godotenv"
	ReaderPython = "python-dotenv"
)

// dotenvLine is a line of a dotenv file.
func dotenvLine(name, text string) (line string, doubts []string, refused *Refusal) {
	quoted, doubts, refused := DotenvValue(text)
	return name + "=" + quoted, doubts, refused
}

// DotenvValue quotes a value for a dotenv file. These files have no standard and
// their readers differ. A POSIX shell (`set -a; . ./.env`) always reads exactly the
// value and never runs it. Of the ways to quote, the result has the one that most
// readers take for the value; doubts are the readers that do not.
func DotenvValue(s string) (quoted string, doubts []string, refused *Refusal) {
	if strings.ContainsRune(s, 0) {
		return "", nil, &Refusal{"holds a NUL byte, which no variable can", "remove it from the value, or export as json or yaml"}
	}
	quoted, refused = envValue(s)
	if refused != nil {
		return "", nil, &Refusal{refused.What, "remove it from the value, or export as json, yaml or shell"}
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
		readers = append(readers, ReaderGo)
	}
	if ends || strings.Contains(s, `\\`) || strings.Contains(s, "${") {
		readers = append(readers, ReaderPython)
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
		readers = append(readers, ReaderGo)
	}
	if strings.ContainsAny(s, "$`") || ends {
		readers = append(readers, ReaderPython)
	}
	return readers
}

// shellLine is for a POSIX shell to evaluate.
func shellLine(name, text string) (line string, doubts []string, refused *Refusal) {
	quoted, refused := shellWord(text)
	return "export " + name + "=" + quoted, nil, refused
}
