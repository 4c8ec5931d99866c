package event

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends one JSON object to b. A comma is set by looking at the last byte, so there is no state to keep; keys are
// constants of this package and are never escaped. Everything else that is a string goes through appendString.
type writer struct{ b []byte }

func (w *writer) comma() {
	if n := len(w.b); n > 0 {
		switch w.b[n-1] {
		case '{', '[', ':':
		default:
			w.b = append(w.b, ',')
		}
	}
}

func (w *writer) key(name string) {
	w.comma()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// start begins the object of the line itself, after whatever dst already holds.
func (w *writer) start() { w.b = append(w.b, '{') }

func (w *writer) open(name string) {
	w.key(name)
	w.b = append(w.b, '{')
}

func (w *writer) openList(name string) {
	w.key(name)
	w.b = append(w.b, '[')
}

// item begins an object in a list.
func (w *writer) item() {
	w.comma()
	w.b = append(w.b, '{')
}

func (w *writer) close()     { w.b = append(w.b, '}') }
func (w *writer) closeList() { w.b = append(w.b, ']') }

// text writes a string that is always there; some writes one only where it is not empty.
func (w *writer) text(name, value string) {
	w.key(name)
	w.b = appendString(w.b, value)
}

func (w *writer) some(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

func (w *writer) number(name string, value int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, value, 10)
}

func (w *writer) unsigned(name string, value uint64) {
	w.key(name)
	w.b = strconv.AppendUint(w.b, value, 10)
}

// count writes a number only where it is not 0.
func (w *writer) count(name string, value int64) {
	if value != 0 {
		w.number(name, value)
	}
}

func (w *writer) yes(name string, value bool) {
	if value {
		w.key(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *writer) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.openList(name)
	for _, v := range values {
		w.comma()
		w.b = appendString(w.b, v)
	}
	w.closeList()
}

// appendTime writes UTC to the millisecond, always with three digits: 2026-01-02T03:04:05.678Z.
func appendTime(b []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

const hexDigits = "0123456789abcdef"

// plain says of each byte of ASCII whether JSON may hold it as it is.
var plain = func() (table [utf8.RuneSelf]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\' && c != 0x7f
	}
	return table
}()

// appendString writes s as a JSON string. Nothing in it can end the line for any reader: besides what JSON asks for, DEL,
// the control characters of 8 bits and the two line ends of Unicode are escaped, because some readers split lines at them
// and terminals obey them. A byte that is not UTF-8, and what was put in its place before, is \ufffd. <, > and & stay.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plain[c] {
				i++
				continue
			}
			b = append(b, s[from:i]...)
			b = appendControl(b, c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r < 0xa0 || r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
			b = append(b, s[from:i]...)
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			from = i + size
		}
		i += size
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func appendControl(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
