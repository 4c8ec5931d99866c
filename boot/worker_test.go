package boot

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tsboot/tsboot/supervisor"
)

// oddBytes are not UTF-8, and hold what text formats treat in ways of their own.
const oddBytes = "\x01\xff\xfe\xc3(\xed\xa0\x80\u2028<&>\"\\\r\n\t'$ "

// fill sets every field of a value, each to something else.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Unix(int64(*n), 0).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s%d", oddBytes, *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Func: // only the process that stays sets one
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, n)
		fill(t, value, n)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("%s.%s does not cross the pipe", v.Type(), v.Type().Field(i).Name)
			}
			fill(t, v.Field(i), n)
		}
	default:
		t.Fatalf("this test does not know %s", v.Type())
	}
}

func cross(t *testing.T, messages ...message) (*result, string) {
	t.Helper()
	var pipe bytes.Buffer
	encoder := gob.NewEncoder(&pipe)
	for _, m := range messages {
		if err := encoder.Encode(m); err != nil {
			t.Fatal(err)
		}
	}
	return readMessages(pipe.Bytes())
}

// TestEveryByteCrosses: every field of a result comes out of the pipe as it went in.
func TestEveryByteCrosses(t *testing.T) {
	t.Parallel()
	var sent result
	n := 0
	fill(t, reflect.ValueOf(&sent).Elem(), &n)
	got, doing := cross(t, message{Doing: "this" + oddBytes}, message{Result: &sent})
	if !reflect.DeepEqual(got, &sent) {
		t.Errorf("got  %+v\nwant %+v", got, &sent)
	}
	if doing != "" {
		t.Errorf("doing %q after the result", doing)
	}
}

// TestEveryOptionCrosses: what the worker is to do reaches it whole.
func TestEveryOptionCrosses(t *testing.T) {
	t.Parallel()
	var sent, got order
	n := 0
	fill(t, reflect.ValueOf(&sent).Elem(), &n)
	var pipe bytes.Buffer
	if err := gob.NewEncoder(&pipe).Encode(sent); err != nil {
		t.Fatal(err)
	}
	if err := gob.NewDecoder(&pipe).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sent) {
		t.Errorf("got  %+v\nwant %+v", got, sent)
	}
}

// TestNothingCrosses: what is not set is not set on the other side, and what is there and zero is there.
func TestNothingCrosses(t *testing.T) {
	t.Parallel()
	for _, sent := range []*result{
		{},
		{Prepared: &prepared{}},
		{Prepared: &prepared{Plan: supervisor.Plan{Health: &supervisor.Health{}, Agent: supervisor.Agent{
			Command: supervisor.Command{Argv: []string{""}, Identity: &supervisor.Identity{}}, Follow: &supervisor.Follow{},
		}}}},
	} {
		if got, _ := cross(t, message{Result: sent}); !reflect.DeepEqual(got, sent) {
			t.Errorf("got  %+v\nwant %+v", got, sent)
		}
	}
}

// TestMessagesThatEnd: a worker may be killed at any byte of what it writes.
func TestMessagesThatEnd(t *testing.T) {
	t.Parallel()
	var pipe bytes.Buffer
	encoder := gob.NewEncoder(&pipe)
	lengths := map[string]int{}
	for _, doing := range []string{"one", "two"} {
		if err := encoder.Encode(message{Doing: doing}); err != nil {
			t.Fatal(err)
		}
		lengths[doing] = pipe.Len()
	}
	if err := encoder.Encode(message{Result: &result{Record: &Record{Calls: 1}}}); err != nil {
		t.Fatal(err)
	}
	for n := range pipe.Len() {
		want := ""
		switch {
		case n >= lengths["two"]:
			want = "two"
		case n >= lengths["one"]:
			want = "one"
		}
		if answer, doing := readMessages(pipe.Bytes()[:n]); answer != nil || doing != want {
			t.Errorf("%d bytes: %v, %q, want %q", n, answer, doing, want)
		}
	}
}

func TestHowAWorkerFails(t *testing.T) {
	t.Parallel()
	ran := func(status supervisor.Status, errors string) error {
		return workerDied(supervisor.HelperResult{Status: status, Errors: []byte(errors)})
	}
	shortage := &supervisor.ExecError{Path: "/proc/self/exe", Code: 126, Err: syscall.EAGAIN}
	for name, test := range map[string]struct {
		err  error
		kind Kind
		says []string
	}{
		"no processes": {workerNotStarted(shortage), Unavailable, []string{"resource temporarily unavailable"}},
		"no /proc": {workerNotStarted(&supervisor.ExecError{Path: "/proc/self/exe", Code: 127, Err: errors.New("no such file")}), Unavailable,
			[]string{"no such file", "mount /proc"}},
		"out of memory":  {ran(supervisor.Status{Signal: 9, Reason: supervisor.ReasonOOMKilled}, ""), Unavailable, []string{"want of memory", "memory limit"}},
		"SIGKILL":        {ran(supervisor.Status{Signal: 9}, ""), Unavailable, []string{"SIGKILL", "look at who"}},
		"SIGHUP":         {ran(supervisor.Status{Signal: 1}, ""), Unavailable, []string{"SIGHUP"}},
		"SIGSEGV":        {ran(supervisor.Status{Signal: 11}, ""), Bug, []string{"SIGSEGV"}},
		"panic":          {ran(supervisor.Status{Code: 2}, "panic: index out of range\n\ngoroutine 1 [running]:\n"), Bug, []string{"code 2 and without a result"}},
		"ended for good": {ran(supervisor.Status{}, ""), Bug, []string{"code 0"}},
		"no threads": {ran(supervisor.Status{Code: 2}, "a line\nruntime: failed to create new OS thread (have 5 already; errno=11)\n"+
			"runtime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc\n\nruntime stack:\n"), Unavailable, []string{"failed to create new OS thread", "ulimit -u"}},
		"no memory": {ran(supervisor.Status{Code: 2}, "runtime: out of memory: cannot allocate 4194304-byte block (3899392 in use)\nfatal error: out of memory\n"), Unavailable,
			[]string{"cannot allocate", "raise the limits"}},
	} {
		if got := KindOf(test.err); got != test.kind {
			t.Errorf("%s: kind %q, want %q", name, got, test.kind)
		}
		for _, want := range test.says {
			if !strings.Contains(test.err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, test.err, want)
			}
		}
		if code := CodeOf(test.err); EntryOf(code).Seen == "" || (code == "bug") != (test.kind == Bug) {
			t.Errorf("%s: code %s", name, code)
		}
	}
}
