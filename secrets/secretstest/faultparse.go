package secretstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ParseFault reads a fault as a flag has it: KIND is every request, KIND:N the next N of them, and what begins with "{"
// is the JSON of a Fault.
func ParseFault(text string) (Fault, error) {
	if strings.HasPrefix(text, "{") {
		faults, err := decodeFaults([]byte(text))
		if err != nil {
			return Fault{}, err
		}
		return faults[0], nil
	}
	kind, times, limited := strings.Cut(text, ":")
	f := Fault{Kind: kind, Times: Forever}
	if limited {
		n, err := strconv.Atoi(times)
		if err != nil || n < 1 {
			return Fault{}, fmt.Errorf("fault %q: after the colon stands how many requests it answers, 1 or more", text)
		}
		f.Times = n
	}
	return f, f.check()
}

// check refuses a kind that does not exist.
func (f Fault) check() error {
	if !slices.Contains(Kinds(), f.Kind) {
		return fmt.Errorf("unknown kind of fault %q; known: %s", f.Kind, strings.Join(Kinds(), ", "))
	}
	return nil
}

// decodeFaults reads the JSON of one fault or of a list of them.
func decodeFaults(body []byte) ([]Fault, error) {
	body = bytes.TrimSpace(body)
	var faults []Fault
	target := any(&faults)
	if len(body) > 0 && body[0] == '{' {
		faults = make([]Fault, 1)
		target = &faults[0]
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(target); err != nil {
		return nil, fmt.Errorf("decode faults: %w", err)
	}
	for _, f := range faults {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	return faults, nil
}
