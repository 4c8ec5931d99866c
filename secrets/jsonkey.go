package secrets

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

var (
	errNotObject  = errors.New("the value is not a JSON object")
	errNoKey      = errors.New("the JSON object has no such key")
	errNullKey    = errors.New("the key's value is null")
	errKeyTwice   = errors.New("the JSON object has the key twice")
	errBadUnicode = errors.New("the key's value is not Unicode text")
)

// JSONKey is the value of one key of the JSON object that a parameter holds: a
// string as its text, anything else as it is written. The error is an *Error that
// names the parameter and quotes no value.
func JSONKey(document, key, parameter string) (string, error) {
	value, err := jsonKey(document, key)
	if err == nil {
		return value, nil
	}
	code := CodeMissingJSONKey
	if errors.Is(err, errNotObject) || errors.Is(err, errBadUnicode) {
		code = CodeBadJSON
	}
	e := newError(code, "read key", "of "+parameter, err.Error())
	e.Err = err
	return "", e
}

// jsonKey is the value of one key. A number keeps its digits. Only the value of
// that key must be valid.
func jsonKey(document, key string) (string, error) {
	if !utf8.ValidString(document) {
		return "", errNotObject
	}
	d := json.NewDecoder(strings.NewReader(document))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return "", errNotObject
	}
	var raw json.RawMessage
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "", errNotObject
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return "", errNotObject
		}
		if name != key {
			continue
		}
		if raw != nil {
			return "", errKeyTwice
		}
		raw = value
	}
	if _, err := d.Token(); err != nil {
		return "", errNotObject
	}
	if rest, _ := d.Token(); rest != nil || d.InputOffset() < int64(len(strings.TrimRight(document, " \t\r\n"))) {
		return "", errNotObject
	}
	return scalar(raw)
}

// scalar is the text of one value.
func scalar(raw json.RawMessage) (string, error) {
	switch {
	case raw == nil:
		return "", errNoKey
	case bytes.Equal(raw, []byte("null")):
		return "", errNullKey
	case raw[0] != '"':
		return string(raw), nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", errNotObject
	}
	// The decoder puts U+FFFD where an escape is half of a pair.
	if strings.ContainsRune(text, utf8.RuneError) && !strings.ContainsRune(string(raw), utf8.RuneError) && !bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`)) {
		return "", errBadUnicode
	}
	return text, nil
}
