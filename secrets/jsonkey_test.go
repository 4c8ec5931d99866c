package secrets

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestJSONKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		document, key, want string
		err                 error
	}{
		{`{"a":"x"}`, "a", "x", nil},
		{`{"a":"x\ny\u00e9\ud83c\udf89\"<>&"}`, "a", "x\nyé🎉\"<>&", nil},
		{`{"a":""}`, "a", "", nil},
		{`{"a": 1.50}`, "a", "1.50", nil},
		{`{"a":123456789012345678901234567890}`, "a", "123456789012345678901234567890", nil},
		{`{"a":1E6,"b":-0}`, "a", "1E6", nil},
		{`{"a":true}`, "a", "true", nil},
		{`{"a": {"b": [1, 2]} }`, "a", `{"b": [1, 2]}`, nil},
		{`{"a":[]}`, "a", "[]", nil},
		{"\n {\"a\":\"x\"} \n", "a", "x", nil},
		{`{"x":null,"y":{"a":"no"},"a":"x","z":[]}`, "a", "x", nil},
		{`{"":"x"}`, "", "x", nil},
		{`{"a":"\ufffd"}`, "a", "\ufffd", nil},
		{`{"a":"x"}`, "A", "", errNoKey},
		{`{}`, "a", "", errNoKey},
		{`{"a":null}`, "a", "", errNullKey},
		{`{"a":1,"a":2}`, "a", "", errKeyTwice},
		{`{"b":1,"b":2,"a":3}`, "a", "3", nil},
		{`plain`, "a", "", errNotObject},
		{``, "a", "", errNotObject},
		{`[{"a":1}]`, "a", "", errNotObject},
		{`"{\"a\":1}"`, "a", "", errNotObject},
		{`{"a":1`, "a", "", errNotObject},
		{`{"a":1}}`, "a", "", errNotObject},
		{`{"a":1} x`, "a", "", errNotObject},
		{`{"a":1}{"a":2}`, "a", "", errNotObject},
		{`{"a":01}`, "a", "", errNotObject},
		{"{\"a\":\"\xff\"}", "a", "", errNotObject},
		{`{"a":"\ud83c"}`, "a", "", errBadUnicode},
	} {
		got, err := jsonKey(test.document, test.key)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("key %q of %s: %q, %v; want %q, %v", test.key, test.document, got, err, test.want, test.err)
		}
	}
}

func FuzzJSONKey(f *testing.F) {
	for _, s := range []string{`{"a":"x"}`, `{"a":1.50}`, `{"a":{"b":[1]}}`, `{"a":"\ud83c"}`, `{"a":1,"a":2}`, `x`} {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, document, key string) {
		got, err := jsonKey(document, key)
		if err != nil {
			if got != "" {
				t.Fatalf("a value beside an error: %q, %v", got, err)
			}
			return
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal([]byte(document), &whole); err != nil {
			t.Fatalf("%q was read, encoding/json says %v", document, err)
		}
		raw, ok := whole[key]
		if !ok {
			t.Fatalf("key %q was found in %s", key, document)
		}
		var text string
		if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
			raw = json.RawMessage(text)
		}
		if got != string(raw) {
			t.Fatalf("%q, encoding/json says %q", got, raw)
		}
	})
}
