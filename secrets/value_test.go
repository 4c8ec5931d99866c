package secrets

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"go.yaml.in/yaml/v3"
)

const canary = "c4n4ry-s3cr3t"

type holder struct {
	Public  Value
	private Value
	Map     map[string]Value
	List    []Value
	Pointer *Value
	Any     any
}

func held() holder {
	v := NewValue(canary)
	return holder{v, v, map[string]Value{"a": v}, []Value{v}, &v, v}
}

func TestValueIsNeverFormatted(t *testing.T) {
	t.Parallel()
	v := NewValue(canary)
	h := held()
	for _, x := range []any{v, &v, h, &h, []Value{v}, map[Value]int{v: 1}, map[string]any{"a": v}, struct{ V any }{v}, Parameter{Value: v}, &Layer{Parameters: []Parameter{{Value: v}}}} {
		for _, verb := range "vTtbcdoOqxXUeEfFgGsp" {
			for _, flag := range []string{"", "+", "#", "-", " ", "0", "20", ".3"} {
				check(t, fmt.Sprintf("%%%s%c of %T", flag, verb, x), fmt.Sprintf("%"+flag+string(verb), x))
			}
		}
		check(t, "Sprint", fmt.Sprint(x), fmt.Sprintln(x))
		wrap := "%w" // in a variable, for vet knows that these are no errors
		check(t, wrap, fmt.Errorf(wrap, x).Error())
	}
	check(t, "panic text", fmt.Sprint(errors.Join(fmt.Errorf("x %v", v))))
}

func TestValueIsNeverEncoded(t *testing.T) {
	t.Parallel()
	v := NewValue(canary)
	for _, x := range []any{v, &v, held(), []Value{v}, map[Value]int{v: 1}, map[string]Value{"a": v}, Parameter{Value: v}} {
		if out, err := json.Marshal(x); err == nil {
			check(t, "json", string(out))
		}
		if out, err := yaml.Marshal(x); err == nil {
			check(t, "yaml", string(out))
		}
		if out, err := xml.Marshal(x); err == nil {
			check(t, "xml", string(out))
		}
	}
	var back Value
	//lint:ignore SA9005 that it cannot be read is what this is about
	if err := json.Unmarshal([]byte(`"x"`), &back); err == nil {
		t.Error("a Value was read from JSON")
	}
}

func TestValueIsNeverLogged(t *testing.T) {
	t.Parallel()
	v := NewValue(canary)
	var b bytes.Buffer
	for _, asJSON := range []bool{false, true} {
		log := hclog.New(&hclog.LoggerOptions{Output: &b, Level: hclog.Trace, JSONFormat: asJSON})
		log.With("with", v).Info("m", "v", v, "p", &v, "h", held(), "l", []Value{v}, "m", map[string]Value{"a": v}, "f", hclog.Fmt("%v", v))
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(handler).With("with", v).Info("m", "v", v, "h", held(), "l", []Value{v}, slog.Group("g", "v", v))
	}
	check(t, "logs", b.String())
	if !strings.Contains(b.String(), Redacted) {
		t.Error("nothing was logged")
	}
}

func TestValueReveals(t *testing.T) {
	t.Parallel()
	if got := NewValue(canary); got.Reveal() != canary || !got.IsSet() {
		t.Error("a value is not given back")
	}
	if got := NewValue(""); !got.IsSet() || got.Reveal() != "" {
		t.Error("an empty value counts as unset")
	}
	if (Value{}).IsSet() || (Value{}).Reveal() != "" {
		t.Error("the zero value counts as set")
	}
}

// check fails when a text holds the secret, as it is, in hexadecimal or as
// numbers.
func check(t *testing.T, how string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)), fmt.Sprintf("%q", canary)} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows the secret: %s", how, text)
			}
		}
	}
}
