package format

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// leafText writes a leaf for a line-based format.
func leafText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("encode %T", v)
}

// encodeINI writes `key = value` and [section], without quotes: INI readers do not
// agree on how to quote, so iniValue refuses what would need it. (INI libraries
// quote in ways that only they can read.)
func encodeINI(root any) ([]byte, error) {
	fields, ok := root.(Object)
	if !ok {
		return nil, fmt.Errorf("encode %T", root)
	}
	var b bytes.Buffer
	for _, m := range fields {
		if _, section := m.Value.(Object); section {
			continue
		}
		if err := writeINI(&b, m); err != nil {
			return nil, err
		}
	}
	for _, m := range fields {
		section, is := m.Value.(Object)
		if !is {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%s]\n", m.Key)
		for _, m := range section {
			if err := writeINI(&b, m); err != nil {
				return nil, err
			}
		}
	}
	return b.Bytes(), nil
}

// writeINI writes a line, or of a list a line for each item.
func writeINI(b *bytes.Buffer, m Member) error {
	if list, ok := m.Value.([]any); ok {
		for _, item := range list {
			if err := writeINI(b, Member{m.Key, item}); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := leafText(m.Value)
	if err != nil {
		return err
	}
	b.WriteString(strings.TrimRight(m.Key+" = "+text, " ") + "\n")
	return nil
}

// encodeEnv writes NAME=value in a form that systemd's EnvironmentFile=, a POSIX
// shell and dotenv readers read alike.
func encodeEnv(root any) ([]byte, error) {
	fields, ok := root.(Object)
	if !ok {
		return nil, fmt.Errorf("encode %T", root)
	}
	var b bytes.Buffer
	for _, m := range fields {
		text, err := leafText(m.Value)
		if err != nil {
			return nil, err
		}
		quoted, refused := envValue(text)
		if refused != nil {
			return nil, fmt.Errorf("%s %s", m.Key, refused.What)
		}
		b.WriteString(m.Key + "=" + quoted + "\n")
	}
	return b.Bytes(), nil
}

// envValue leaves a plain word as it is: every reader takes that, also Docker's
// --env-file, which has no quotes. Other values stand in single quotes, where no
// character is special. A value with a single quote, or with a backslash at its
// end (an escape to dotenv readers), stands in double quotes.
func envValue(s string) (string, *Refusal) {
	if err := NotText(s); err != nil {
		return "", err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return "", &Refusal{"holds a control character, which the readers of such files drop", "remove it from the value"}
	}
	switch {
	case s == "" || bareWord().MatchString(s):
		return s, nil
	case !strings.Contains(s, "'") && !strings.HasSuffix(s, `\`):
		return "'" + s + "'", nil
	}
	return doubleQuoted(s), nil
}

// doubleQuoted quotes with the four escapes of a POSIX shell's double quotes.
func doubleQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s) + `"`
}
