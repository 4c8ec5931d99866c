package console

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	c, _ := serve(t, "127.0.0.1:0", Options{})
	for _, test := range []struct {
		method, path, host string
		headers            []string // name, value, ...
		want               int
	}{
		{"GET", "/", "", nil, 200},
		{"HEAD", "/", "", nil, 200},
		{"HEAD", "/events", "", nil, 200},
		{"GET", "/favicon.ico", "", nil, 404},
		{"GET", "/events/", "", nil, 404},
		{"POST", "/", "", nil, 405},
		{"DELETE", "/events", "", nil, 405},
		{"OPTIONS", "/events", "", nil, 405},
		{"GET", "/", "localhost", nil, 200},
		{"GET", "/", "LocalHost:9000", nil, 200},
		{"GET", "/", "[::1]:9000", nil, 200},
		{"GET", "/", "[::1]", nil, 200},
		{"GET", "/", "127.0.0.1:1", nil, 200},
		{"GET", "/", "evil.example", nil, 403},
		{"GET", "/", "evil.example:80", nil, 403},
		{"GET", "/", "127.0.0.1.evil.example", nil, 403},
		{"GET", "/", "localhost.evil.example", nil, 403},
		{"GET", "/", "127.0.0.1:80.evil.example", nil, 403},
		{"GET", "/", "localhost:", nil, 200},
		{"GET", "/", "0.0.0.0", nil, 403},
		{"HEAD", "/events", "evil.example", nil, 403},
		{"HEAD", "/events", "localhost", []string{"Origin", "http://localhost"}, 200},
		{"HEAD", "/events", "localhost", []string{"Origin", "http://localhost:3000"}, 403},
		{"HEAD", "/events", "localhost", []string{"Origin", "http://evil.example"}, 403},
		{"HEAD", "/events", "localhost", []string{"Origin", "null"}, 403},
		{"HEAD", "/events", "localhost", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"HEAD", "/events", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"HEAD", "/events", "localhost", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"GET", "/events", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"GET", "/", "localhost", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
	} {
		response := ask(t, c, test.method, test.path, test.host, test.headers, "")
		if response.StatusCode != test.want {
			t.Errorf("%s %s, Host %q, %q: %s, want %d", test.method, test.path, test.host, test.headers, response.Status, test.want)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, got, want)
			}
		}
		if policy := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s %s: the policy is %q", test.method, test.path, policy)
		}
		if response.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s: others may read", test.method, test.path)
		}
	}
	if response := ask(t, c, "GET", "/", "", nil, "a body"); response.StatusCode != http.StatusBadRequest {
		t.Errorf("a body: %s", response.Status)
	}
}

func ask(t *testing.T, c *Console, method, path, host string, headers []string, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(method, "http://"+c.listener.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response
}

// TestPageIsWhole: one style, one script, nothing from elsewhere, no handler in the markup.
func TestPageIsWhole(t *testing.T) {
	t.Parallel()
	document, policy := page()
	for _, part := range []struct{ tag, source string }{{"style", pageCSS}, {"script", pageJS}} {
		found := regexp.MustCompile(`(?s)<`+part.tag+`>(.*?)</`+part.tag+`>`).FindAllStringSubmatch(document, -1)
		if len(found) != 1 || found[0][1] != part.source || !strings.Contains(policy, hash(found[0][1])) {
			t.Errorf("the page has %d of %s, or not the one that the policy allows", len(found), part.tag)
		}
	}
	for _, no := range []string{`\ssrc=["']?(https?:)?//`, `href="[^d]`, `\son\w+=`, `\sstyle=`, `@import`, `url\(`} {
		if found := regexp.MustCompile(no).FindString(pageHTML + pageCSS); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	for _, no := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", "fetch(", "localStorage"} {
		if strings.Contains(pageJS, no) {
			t.Errorf("the script has %s", no)
		}
	}
}

// TestKeysAreDocumented: the page's list of keys, the script and docs/watch-console.md have the same.
func TestKeysAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/watch-console.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Keys\n")
	table, _, _ = strings.Cut(table, "\n## ")
	keys := regexp.MustCompile(`<kbd>(.+?)</kbd>`).FindAllStringSubmatch(pageHTML, -1)
	if len(keys) < 12 {
		t.Errorf("the page lists %d keys", len(keys))
	}
	for _, key := range keys {
		if !strings.Contains(table, "`"+key[1]+"`") {
			t.Errorf("docs/watch-console.md does not have the key %s", key[1])
		}
	}
	for _, row := range regexp.MustCompile(`<dd>(.+?)</dd>`).FindAllStringSubmatch(pageHTML, -1) {
		if !strings.Contains(table, "| "+row[1]+" |") {
			t.Errorf("docs/watch-console.md does not have %q", row[1])
		}
	}
}
