package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var snakeCase = regexp.MustCompile(`^(@?[a-z]+(_[a-z]+)*|pid_1)$`)

// durationKeys hold a string of Go's form, rounded to the millisecond.
var durationKeys = []string{"delay", "elapsed", "gives_up_in", "grace", "ran_for"}

// logTypes are the types of the keys in the lines of a script so far: one key has one type.
type logTypes map[string]string

type logTypesKey struct{}

func cmdJSONLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jsonlog FILE")
	}
	types, ok := ts.Value(logTypesKey{}).(logTypes)
	if !ok {
		ts.Fatalf("jsonlog: the script has no types yet")
	}
	lines := strings.Split(strings.TrimRight(ts.ReadFile(args[0]), "\n"), "\n")
	for _, line := range lines {
		if err := types.check(line); err != nil {
			ts.Fatalf("%v in %s", err, line)
		}
	}
}

// check holds one line to the contract.
func (types logTypes) check(line string) error {
	var object map[string]any
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		return err
	}
	for key, value := range object {
		if !snakeCase.MatchString(key) {
			return fmt.Errorf("key %s is not snake_case", key)
		}
		kind := fmt.Sprintf("%T", value)
		if other, seen := types[key]; seen && other != kind {
			return fmt.Errorf("key %s is %s here and %s elsewhere", key, kind, other)
		}
		types[key] = kind
	}
	for _, key := range durationKeys {
		text, ok := object[key].(string)
		if object[key] == nil {
			continue
		}
		d, err := time.ParseDuration(text)
		if !ok || err != nil || d.Round(time.Millisecond).String() != text {
			return fmt.Errorf("key %s is not a duration rounded to the millisecond: %v", key, object[key])
		}
	}
	return nil
}
