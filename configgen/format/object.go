package format

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// ReadObject reads a JSON object as a value tree. Its numbers are int64 or float64:
// one that fits neither is an error.
func ReadObject(text string) (Object, error) {
	d := jsontext.NewDecoder(strings.NewReader(text))
	v, err := readTree(d)
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			if fields, ok := v.(Object); ok {
				return fields, nil
			}
			return nil, errors.New("it is another value")
		}
		err = errors.New("something follows it")
	}
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("it is not closed")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return nil, errors.New("a key in it stands twice")
	case errors.As(err, &syntax): // its text may quote the value
		return nil, fmt.Errorf("it breaks off at character %d", syntax.ByteOffset+1)
	}
	return nil, err
}

func readTree(d *jsontext.Decoder) (any, error) {
	switch d.PeekKind() {
	case '{':
		return readFields(d)
	case '[':
		list := []any{}
		_, err := d.ReadToken()
		for err == nil && d.PeekKind() != ']' {
			var v any
			if v, err = readTree(d); err == nil {
				list = append(list, v)
			}
		}
		if err == nil {
			_, err = d.ReadToken()
		}
		return list, err
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '0':
		return number(token.String())
	}
	return token.String(), nil
}

func readFields(d *jsontext.Decoder) (Object, error) {
	fields := Object{}
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != '}' {
		var key jsontext.Token
		if key, err = d.ReadToken(); err != nil {
			break
		}
		m := Member{Key: key.String()}
		if m.Value, err = readTree(d); err == nil {
			fields = append(fields, m)
		}
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	return fields, err
}

func number(text string) (any, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || !strings.ContainsAny(text, ".eE") {
		return nil, errors.New("a number in it does not fit 64 bits; put it in quotes")
	}
	return f, nil
}

// Leaves are the plain values in a value tree, except null.
func Leaves(v any) []any {
	var all []any
	switch v := v.(type) {
	case nil:
	case Object:
		for _, m := range v {
			all = append(all, Leaves(m.Value)...)
		}
	case []any:
		for _, item := range v {
			all = append(all, Leaves(item)...)
		}
	default:
		all = append(all, v)
	}
	return all
}

// LeafText is the text of a plain value in a format of lines.
func LeafText(v any) string {
	text, _ := leafText(v) // every plain value has one
	return text
}
