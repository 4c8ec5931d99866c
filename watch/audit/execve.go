package audit

import (
	"strconv"
	"strings"
)

// ExecArgs are the arguments of an exec, from all its EXECVE records. They are exact if the answer is true. Otherwise a
// record or a part is missing: then an argument of which nothing is known is left out, and one of which the middle is
// missing ends there. They may be no UTF-8.
func ExecArgs(e *Event) ([]string, bool) {
	a := execArgs{argc: -1, exact: true}
	for _, r := range e.Records {
		if r.Type == TypeExecve {
			a.read(r.Data)
		}
	}
	a.endLong()
	return a.args, a.exact && a.next == a.argc
}

// execArgs puts arguments together.
type execArgs struct {
	args  []string
	argc  int  // -1: not known
	next  int  // the number of the argument that follows
	exact bool // nothing was missing so far
	long  *longArg
}

// longArg is an argument that the kernel gives in parts: a3_len=40000 a3[0]=... a3[1]=...
type longArg struct {
	number int
	length int // of all parts as they are written, without quotes; -1: not known
	seen   int // of the parts so far
	part   int // the number of the part that follows
	hole   bool
	text   strings.Builder
}

// read reads one EXECVE record.
func (a *execArgs) read(data string) {
	for data != "" {
		data = strings.TrimLeft(data, " ")
		name, rest, ok := strings.Cut(data, "=")
		if !ok {
			return
		}
		var raw string
		raw, data = cutValue(rest, false)
		if name == "argc" {
			if n, err := strconv.Atoi(raw); err == nil && n >= 0 && a.argc < 0 {
				a.argc = n
				a.args = make([]string, 0, min(n, len(data)/len(` a0=""`)))
			}
			continue
		}
		number, part, kind := argName(name)
		switch kind {
		case argWhole:
			a.add(number, raw)
		case argLength:
			a.beginLong(number)
			if n, err := strconv.Atoi(raw); err == nil {
				a.long.length = n
			}
		case argPart:
			a.addPart(number, part, raw)
		}
	}
}

// Kinds of names in an EXECVE record.
const (
	argOther  = iota
	argWhole  // a3
	argLength // a3_len
	argPart   // a3[1]
)

// argName takes a name of an EXECVE record apart.
func argName(name string) (number, part, kind int) {
	rest, ok := strings.CutPrefix(name, "a")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	number, err := strconv.Atoi(rest[:digits])
	if !ok || err != nil {
		return 0, 0, argOther
	}
	rest = rest[digits:]
	switch {
	case rest == "":
		return number, 0, argWhole
	case rest == "_len":
		return number, 0, argLength
	case strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]"):
		if part, err = strconv.Atoi(rest[1 : len(rest)-1]); err == nil && part >= 0 {
			return number, part, argPart
		}
	}
	return 0, 0, argOther
}

// add adds a whole argument.
func (a *execArgs) add(number int, raw string) {
	a.endLong()
	if a.reach(number) {
		a.append(raw)
	}
}

// reach moves on to the argument, and says whether it is still to come.
func (a *execArgs) reach(number int) bool {
	if number != a.next {
		a.exact = false
	}
	if number < a.next {
		return false
	}
	a.next = number + 1
	return true
}

// append appends an argument as it is written: in quotes, or in hexadecimal.
func (a *execArgs) append(raw string) {
	if raw == null {
		a.exact = false // the kernel could not read it
		return
	}
	a.args = append(a.args, unquote(raw))
}

// beginLong begins an argument in parts, unless it has begun.
func (a *execArgs) beginLong(number int) {
	if a.long != nil && a.long.number == number {
		return
	}
	a.endLong()
	a.long = &longArg{number: number, length: -1}
}

// addPart adds a part of an argument.
func (a *execArgs) addPart(number, part int, raw string) {
	a.beginLong(number)
	l := a.long
	l.hole = l.hole || part != l.part
	l.part = part + 1
	if text := unquote(raw); !l.hole {
		l.text.WriteString(text)
	}
	l.seen += len(strings.Trim(raw, `"`))
}

// endLong ends an argument in parts, where there is one.
func (a *execArgs) endLong() {
	l := a.long
	if a.long = nil; l == nil || !a.reach(l.number) {
		return
	}
	if l.hole || l.seen != l.length {
		a.exact = false
	}
	if l.text.Len() > 0 {
		a.args = append(a.args, l.text.String())
	}
}
