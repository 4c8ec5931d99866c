package detect

import (
	"strings"
	"testing"
)

func TestURLHost(t *testing.T) {
	for text, want := range map[string]string{
		"http://x.example":                   "x.example",
		"HTTPS://X.Example:8443/a?b#c":       "x.example",
		"http://x.example?a":                 "x.example",
		"http://x.example.":                  "x.example",
		"ftp://user:pw@x.example/a":          "x.example",
		"http://good.example@evil.example/":  "evil.example",
		"http://good.example:x@evil.example": "evil.example",
		`http://good.example\@evil.example`:  `good.example\@evil.example`,
		"http://evil.example/?u=http://good": "evil.example",
		"http://evil.example/@good.example":  "evil.example",
		"http://[2001:db8::1]:80/":           "2001:db8::1",
		"http://[::1]/":                      "::1",
		"http://internal/a":                  "internal",
		"--url=https://x.example/":           "x.example",
		"git+ssh://x.example/a":              "x.example",
		"file:///etc/passwd":                 "",
		"Referer: https://x.example/":        "",
		"a=http://x.example/":                "",
		"://x.example":                       "",
		"x.example":                          "x.example",
		"x.example:80/a":                     "x.example",
		"192.0.2.1/a":                        "192.0.2.1",
		"[2001:db8::1]:80/a":                 "2001:db8::1",
		"[a-z].txt":                          "",
		"internal/a":                         "",
		"localhost:80":                       "",
		"-O":                                 "",
		"./a.b":                              "",
		"/a.b":                               "",
		"a.":                                 "",
		"u@x.example":                        "",
		"a b.c":                              "",
		"":                                   "",
		"http://" + strings.Repeat("a", 999): strings.Repeat("a", maxHost),
	} {
		if got := urlHost(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
