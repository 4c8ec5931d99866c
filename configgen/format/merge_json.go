package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// mergeJSON keeps the order, numbers and strings of the base as they are written.
// White space is that of encodeJSON.
func mergeJSON(base []byte, over Object) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewReader(withoutMark(base)))
	root, err := readJSON(d)
	if err != nil {
		return nil, jsonError(base, d, err)
	}
	fields, ok := root.(Object)
	if !ok {
		return nil, errNoMapping
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, jsonError(base, d, errors.New("something follows the value"))
	}
	var b bytes.Buffer
	e := jsontext.NewEncoder(&b, jsontext.Multiline(true), jsontext.WithIndent("  "), jsontext.PreserveRawStrings(true))
	if err := writeJSON(e, overlay(fields, over)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// readJSON reads mappings as Object, and every other value as its text.
func readJSON(d *jsontext.Decoder) (any, error) {
	if d.PeekKind() != '{' {
		v, err := d.ReadValue()
		return v.Clone(), err
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	fields := Object{}
	for d.PeekKind() != '}' {
		key, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		name := key.String()
		v, err := readJSON(d)
		if err != nil {
			return nil, err
		}
		fields = append(fields, Member{name, v})
	}
	_, err := d.ReadToken()
	return fields, err
}

// jsonError says in which line the reader stopped.
func jsonError(base []byte, d *jsontext.Decoder, err error) error {
	at := d.InputOffset()
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at, err = syntax.ByteOffset, syntax.Err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends in the middle")
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(base[:min(int(at), len(base))], []byte("\n")), err)
}
