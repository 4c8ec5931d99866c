package sink

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestNamesOfOutputs(t *testing.T) {
	t.Parallel()
	for where, want := range map[string]string{ // what is shown
		"stdout":                                "stdout",
		"file:/var/log/tswatch.json":            "file:/var/log/tswatch.json",
		"file:with space":                       "file:with space",
		"unix:/run/shipper.sock":                "unix:/run/shipper.sock",
		"https://events.example/v1/in":          "https://events.example/v1/in",
		"https://events.example:8443/in?key=xy": "https://events.example:8443/in",
		"https://events.example/in#part":        "https://events.example/in",
		"HTTPS://events.example/in":             "https://events.example/in",
		"http://127.0.0.1:9000/":                "http://127.0.0.1:9000/",
		"http://127.9.9.9/":                     "http://127.9.9.9/",
		"http://[::1]:9000/in":                  "http://[::1]:9000/in",
		"http://localhost/in":                   "http://localhost/in",
	} {
		if got, err := parse(where); err != nil || got.where != want {
			t.Errorf("%s: %q, %v, want %q", where, got.where, err, want)
		}
	}
	for _, where := range []string{
		"", "stdin", "stdout ", "STDOUT", "file", "file:", "unix:", "unix:/" + strings.Repeat("x", 107), "file:a\x00b", "/var/log/x", "tcp://h:1",
		"http://10.0.0.1/", "http://example.com/", "http://127.0.0.1.example.com/", "http://[::2]/", "http:///in", "https://", "https:///in",
		"https:events", "https://h:port/", "https://h:0/", "https://h:65536/in", "http://127.0.0.1:99999/", "http://0.0.0.0/", "https://user:s3cret@h/", "https://s3cret@h/in", "https://u:s3cret@h:bad/", "s3cret@h:/x", "ftp://h/?s3cret",
	} {
		_, err := parse(where)
		var wrong *WhereError
		if !errors.As(err, &wrong) || wrong.Want == "" {
			t.Errorf("%q: %v, want a WhereError", where, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the error shows the secret: %v", where, err)
		}
	}
}

func TestAnOutputIsGivenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, err := range []error{os.Symlink("a", dir+"/link"), os.Symlink(dir, dir+"/here"), os.WriteFile(dir+"/there", nil, 0o600), os.Symlink("there", dir+"/other")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, names := range [][]string{
		{"stdout", "stdout"},
		{"file:" + dir + "/a", "file:" + dir + "/here/a"},
		{"file:" + dir + "/there", "file:" + dir + "/other"},
		{"unix:" + dir + "/s", "unix:" + dir + "/here/../here/s"},
		{"https://h/", "https://h"},
		{"https://h/a", "https://H:443/a"},
		{"http://localhost/a?x=1", "http://LOCALHOST:80/a?x=1#y"},
		{"https://h/a#x", "https://h/a"},
		{"file:" + dir + "/a", "file:" + dir + "/./a"},
		{"https://h/a?x=1", "https://h/a?x=1"},
	} {
		_, err := OpenFan(names, Options{})
		var wrong *WhereError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v, want a WhereError", names, err)
		}
	}
	if _, err := parseAll([]string{"https://h/a?x=1", "https://h/a?x=2", "https://h:80/a?x=1", "https://h/A?x=1", "file:/a", "unix:/a"}); err != nil {
		t.Error(err)
	}
}
