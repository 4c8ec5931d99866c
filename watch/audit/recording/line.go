package recording

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tsboot/tsboot/watch/audit"
)

// Magic is the first line of a recording.
const Magic = "tswatch record 1"

// appendLine appends the line of a datagram, with its end.
func appendLine(b []byte, d audit.Datagram) []byte {
	b = fmt.Appendf(b, "%d.%09d %d %d %d ", d.Arrived.Unix(), d.Arrived.Nanosecond(), d.Type, d.Port, d.Length)
	return append(strconv.AppendQuoteToASCII(b, string(d.Payload)), '\n')
}

// ParseLine reads a line of a recording; false: it is for people, or empty.
func ParseLine(line string) (audit.Datagram, bool, error) {
	if line == "" || line == Magic || line[0] == '#' {
		return audit.Datagram{}, false, nil
	}
	words := strings.SplitN(line, " ", 5)
	if len(words) != 5 {
		return audit.Datagram{}, false, errors.New("a datagram has five parts: TIME TYPE PORT LENGTH PAYLOAD")
	}
	d, err := parseNumbers(words[1], words[2], words[3])
	if err != nil {
		return audit.Datagram{}, false, err
	}
	if d.Arrived, err = parseTime(words[0]); err != nil {
		return audit.Datagram{}, false, err
	}
	payload, err := strconv.Unquote(words[4])
	if err != nil || words[4][0] != '"' {
		return audit.Datagram{}, false, errors.New("the payload is not quoted as Go does it")
	}
	d.Payload = []byte(payload)
	return d, true, nil
}

func parseNumbers(kind, port, length string) (audit.Datagram, error) {
	t, err1 := strconv.ParseUint(kind, 10, 16)
	p, err2 := strconv.ParseUint(port, 10, 32)
	n, err3 := strconv.ParseUint(length, 10, 32)
	if err := errors.Join(err1, err2, err3); err != nil {
		return audit.Datagram{}, fmt.Errorf("%.20q %.20q %.20q are not the numbers of a type, a port and a length", kind, port, length)
	}
	return audit.Datagram{Type: audit.Type(t), Port: uint32(p), Length: uint32(n)}, nil
}

func parseTime(text string) (time.Time, error) {
	seconds, nanos, ok := strings.Cut(text, ".")
	s, err1 := strconv.ParseUint(seconds, 10, 40)
	n, err2 := strconv.ParseUint(nanos, 10, 32)
	if !ok || len(nanos) != 9 || err1 != nil || err2 != nil {
		return time.Time{}, fmt.Errorf("%.40q is not SECONDS.NANOSECONDS", text)
	}
	return time.Unix(int64(s), int64(n)).UTC(), nil
}
