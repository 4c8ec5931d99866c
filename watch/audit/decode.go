package audit

import "strings"

// escaped are the fields that are a string which somebody else chose: in quotes, or in hexadecimal where it has a byte
// that is a control character, a space, a quote, or no ASCII. Only the name says so: comm=4142 is "AB", pid=4142 a number.
// The list is that of audit-userspace (auparse/typetab.h), with proctitle and data, which it knows by type.
var escaped = map[string]bool{
	"acct": true, "apparmor": true, "cgroup": true, "cmd": true, "comm": true, "cwd": true, "data": true,
	"denied_mask": true, "device": true, "dir": true, "exe": true, "file": true, "grp": true, "info": true,
	"invalid_context": true, "key": true, "name": true, "new_group": true, "new-chardev": true, "new-disk": true,
	"new-fs": true, "new-net": true, "new-rng": true, "ocomm": true, "old-chardev": true, "old-disk": true,
	"old-fs": true, "old-net": true, "old-rng": true, "operation": true, "path": true, "proctitle": true,
	"profile": true, "requested_mask": true, "root_dir": true, "sw": true, "vm": true, "watch": true,
}

// decode is the text of a value. It is not there where the value says so.
func decode(raw string, t Type, name string) (string, bool) {
	switch {
	case raw == null || raw == "(none)" || raw == "?" && t.IsUser():
		return "", false
	case t.IsUser() && !isQuoted(raw) && raw != strings.ToUpper(raw):
		return raw, true // a word that an old program wrote without quotes: acct=cafe
	case escaped[name] || isQuoted(raw) || t == TypeExecve && isArg(name):
		return unquote(raw), true
	}
	return raw, true
}

func isQuoted(raw string) bool {
	return len(raw) >= 2 && (raw[0] == '"' || raw[0] == '\'') && raw[len(raw)-1] == raw[0]
}

// unquote is the string that is written in quotes, or in hexadecimal. The kernel writes capital letters; small ones are read
// as ausearch does, for logs that another program wrote. What is neither stays as it is.
func unquote(raw string) string {
	if isQuoted(raw) {
		return raw[1 : len(raw)-1]
	}
	if len(raw)%2 != 0 {
		return raw
	}
	var text strings.Builder
	text.Grow(len(raw) / 2)
	for i := 0; i < len(raw); i += 2 {
		high, low := nibble(raw[i]), nibble(raw[i+1])
		if high|low > 0xf {
			return raw
		}
		text.WriteByte(high<<4 | low)
	}
	return text.String()
}

// nibble is the value of a hexadecimal digit; more than 15 for what is none.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// isArg says whether a field of an EXECVE record is an argument: a0, a12.
func isArg(name string) bool {
	_, _, kind := argName(name)
	return kind == argWhole
}
