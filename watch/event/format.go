package event

import (
	"fmt"
	"strings"
)

// Format is the schema in which events are written.
type Format string

const (
	FormatECS   Format = "ecs"   // Elastic Common Schema
	FormatOCSF  Format = "ocsf"  // Open Cybersecurity Schema Framework
	FormatFalco Format = "falco" // the JSON output of Falco
)

// ParseFormat reads the name of a format.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case FormatECS, FormatOCSF, FormatFalco:
		return f, nil
	}
	return "", fmt.Errorf("format %q is not known: use one of %s", name,
		strings.Join([]string{string(FormatECS), string(FormatOCSF), string(FormatFalco)}, ", "))
}

// Append appends e to dst as one line of JSON without its line end. dst may be nil.
func (e *Event) Append(dst []byte, f Format) ([]byte, error) {
	w := writer{b: dst}
	switch f {
	case FormatECS:
		w.ecs(e)
	case FormatOCSF:
		w.ocsf(e)
	case FormatFalco:
		w.falco(e)
	default:
		_, err := ParseFormat(string(f))
		return dst, err
	}
	return w.b, nil
}
