package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// interpreted is the byte after which auditd writes, where it is set to do so, the same values in words.
const interpreted = "\x1d"

// maxNode limits the name of a machine: what is longer is no name of one, and names are kept.
const maxNode = 255

// lastSecond is the end of the year 9999: a later time cannot be written as RFC 3339.
const lastSecond = 253402300799

// ParseLine reads a line of auditd's log:
//
//	type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59 ...
//
// with or without "node=NAME " before it. The error says what is wrong with the line.
func ParseLine(line string) (Record, error) {
	line, _, _ = strings.Cut(line, interpreted)
	rest := strings.TrimRight(line, " \r\n\x00")
	var r Record
	if after, ok := strings.CutPrefix(rest, "node="); ok {
		r.Node, rest, ok = strings.Cut(after, " ")
		switch {
		case !ok || r.Node == "":
			return Record{}, errors.New("node= is followed by no name and record")
		case len(r.Node) > maxNode:
			return Record{}, fmt.Errorf("the name after node= is longer than %d bytes", maxNode)
		}
	}
	rest, ok := strings.CutPrefix(rest, "type=")
	if !ok {
		return Record{}, errors.New("does not begin with type=")
	}
	name, rest, ok := strings.Cut(rest, " ")
	if !ok {
		return Record{}, errors.New("ends after type=")
	}
	if r.Type, ok = ParseType(name); !ok {
		return Record{}, fmt.Errorf("%.40q is not a type", name)
	}
	if rest, ok = strings.CutPrefix(rest, "msg="); !ok {
		return Record{}, errors.New("msg= does not follow type=")
	}
	if err := r.parseMessage(rest); err != nil {
		return Record{}, err
	}
	if r.Type == typeOther {
		r.setWord(name)
	}
	return r, nil
}

// ParseMessage reads the payload of a netlink message of the type:
//
//	audit(1700000000.123:45): arch=c000003e syscall=59 ...
//
// It keeps nothing of payload.
func ParseMessage(t Type, payload []byte) (Record, error) {
	r := Record{Type: t}
	if err := r.parseMessage(string(bytes.TrimRight(payload, " \n\x00"))); err != nil {
		return Record{}, err
	}
	return r, nil
}

// parseMessage reads "audit(SECONDS.MILLISECONDS:SERIAL): DATA".
func (r *Record) parseMessage(message string) error {
	rest, ok := strings.CutPrefix(message, "audit(")
	if !ok {
		return errors.New("the message does not begin with audit(")
	}
	stamp, data, ok := strings.Cut(rest, ")")
	if !ok {
		return errors.New("audit(TIME:SERIAL) has no end")
	}
	seconds, rest, ok := strings.Cut(stamp, ".")
	millis, serial, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 || len(millis) != 3 {
		return fmt.Errorf("%.40q is not SECONDS.MILLISECONDS:SERIAL", stamp)
	}
	s, err1 := strconv.ParseUint(seconds, 10, 64)
	ms, err2 := strconv.ParseUint(millis, 10, 16)
	n, err3 := strconv.ParseUint(serial, 10, 32)
	if err1 != nil || err2 != nil || s > lastSecond {
		return fmt.Errorf("%.40q is not a time", seconds+"."+millis)
	}
	if err3 != nil {
		return fmt.Errorf("%.40q is not a serial", serial)
	}
	r.Time = time.UnixMilli(int64(s*1000 + ms)).UTC()
	r.Serial = uint32(n)
	data = strings.TrimPrefix(data, ":") // auditd's own records did not have it before its version 3
	r.Data = strings.TrimPrefix(data, " ")
	return nil
}
