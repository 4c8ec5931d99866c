package audit

import (
	"strconv"
	"strings"
)

// Fields are the fields of a record, in their order. Where a program wrote the record, the fields inside its msg='...'
// follow those of the kernel. Of fields with one name the first counts, so that no program's text hides the kernel's.
type Fields struct {
	typ  Type
	list []field
}

// field is one field; raw is as it stands there, with its quotes.
type field struct {
	name, raw string
}

// Fields reads the record's fields.
func (r Record) Fields() Fields {
	f := Fields{list: make([]field, 0, 32)}
	f.Reset(r)
	return f
}

// Reset reads another record's fields into the memory of f.
func (f *Fields) Reset(r Record) {
	f.typ, f.list = r.Type, f.list[:0]
	f.read(r.Data, false)
}

// read appends the fields of text; inside is whether it is the text of a program.
func (f *Fields) read(text string, inside bool) {
	word := "" // that stands alone before a name
	for text != "" {
		end := nameEnd(text)
		if end == len(text) {
			return
		}
		name := text[:end]
		if text[end] == ' ' {
			if name != "" {
				word = name
			}
			text = text[end+1:]
			continue
		}
		var raw string
		raw, text = cutValue(text[end+1:], name == "msg")
		switch {
		case inside:
			name, raw = strings.TrimLeft(name, "("), trimOld(raw)
		case name == "msg" && strings.HasPrefix(raw, "'"):
			f.read(strings.TrimSuffix(raw[1:], "'"), true)
			continue
		case f.typ == TypeLogin && word == "old":
			name = "old-" + name
		}
		word = ""
		f.list = append(f.list, field{name, raw})
	}
}

// nameEnd is where the name ends that text begins with: at "=", a space, or its end.
func nameEnd(text string) int {
	for i := range len(text) {
		if text[i] == '=' || text[i] == ' ' {
			return i
		}
	}
	return len(text)
}

// cutValue cuts the value off that text begins with. What is in quotes goes to the next quote, for the kernel writes a
// string that has one in hexadecimal; a program's message goes to the last, or to the end where that was cut off.
func cutValue(text string, message bool) (raw, rest string) {
	if text == "" {
		return "", ""
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		if message && quote == '\'' {
			if end := strings.LastIndexByte(text, quote); end > 0 {
				return text[:end+1], text[end+1:]
			}
			return text, ""
		}
		if end := strings.IndexByte(text[1:], quote); end >= 0 {
			return text[:end+2], text[end+2:]
		}
	}
	if strings.HasPrefix(text, null) { // also before what auditd says in words, without the byte between them
		return null, text[len(null):]
	}
	if end := strings.IndexByte(text, ' '); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// null is the value of a field that has none.
const null = "(null)"

// trimOld takes away what programs of old times wrote around a value: "(hostname=?, addr=?, res=success)".
func trimOld(raw string) string {
	if raw == "" || raw[0] == '"' {
		return raw
	}
	raw = strings.TrimRight(raw, ",")
	if !strings.Contains(raw, "(") {
		raw = strings.TrimRight(raw, ")")
	}
	return raw
}

// Raw is the value as it stands in the record, with its quotes.
func (f Fields) Raw(name string) (string, bool) {
	for i := range f.list {
		if f.list[i].name == name {
			return f.list[i].raw, true
		}
	}
	return "", false
}

// Text is the value decoded: without quotes, and from hexadecimal where the kernel or a program writes the field so. It is
// not there where the record says so, too: (null), (none), ?. It may be no UTF-8.
func (f Fields) Text(name string) (string, bool) {
	raw, ok := f.Raw(name)
	if !ok {
		return "", false
	}
	return decode(raw, f.typ, name)
}

// Int is a value that is a decimal number.
func (f Fields) Int(name string) (int64, bool) {
	raw, _ := f.Raw(name)
	return parseInt(raw)
}

func parseInt(raw string) (int64, bool) {
	n, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// Hex is a value that is a hexadecimal number: arch, and the arguments a0 to a3 of a system call.
func (f Fields) Hex(name string) (uint64, bool) {
	raw, _ := f.Raw(name)
	n, err := strconv.ParseUint(strings.TrimPrefix(raw, "0x"), 16, 64)
	return n, err == nil
}

// Keys are the keys of the rules that matched.
func (f Fields) Keys() []string {
	key, ok := f.Text("key")
	if !ok || key == "" {
		return nil
	}
	return strings.Split(key, "\x01")
}

// Int is the decimal number that a field of the record has, of those that the kernel wrote. It reads no other field: for
// one or two of them it is faster than Fields.
func (r Record) Int(name string) (int64, bool) {
	data := r.Data
	if r.Type.IsUser() {
		data, _, _ = strings.Cut(data, "msg='")
	}
	for at := 0; at < len(data); at++ {
		i := strings.Index(data[at:], name)
		if i < 0 {
			break
		}
		at += i
		value, ok := strings.CutPrefix(data[at+len(name):], "=")
		if ok && (at == 0 || data[at-1] == ' ') {
			value, _, _ = strings.Cut(value, " ")
			return parseInt(value)
		}
	}
	return 0, false
}
