package console

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// guard answers what may not be asked, and sets what a browser must hold to. A page of another site that has its name point to this
// machine (DNS rebinding) sends its own name as Host; a page that asks from elsewhere says so.
func guard(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		switch {
		case !isLoopback(r.Host):
			http.Error(w, "the console answers to the names of this machine only: localhost, 127.0.0.1, [::1]; a proxy in front must send one of them as Host", http.StatusForbidden)
		case !sameOrigin(r):
			http.Error(w, "the console answers its own page only", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "the console only shows: GET or HEAD", http.StatusMethodNotAllowed)
		case r.ContentLength != 0:
			header.Set("Connection", "close") // what follows is not read
			http.Error(w, "a request has no body", http.StatusBadRequest)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// isLoopback says whether a Host is a name that no other machine can have. The port does not matter: it is another one behind a
// tunnel.
func isLoopback(host string) bool {
	if name, port, err := net.SplitHostPort(host); err == nil && strings.Trim(port, "0123456789") == "" {
		host = name
	} else {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	switch strings.ToLower(host) {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

// sameOrigin says whether the request is one of the console's own page, or of nobody's page. A link to the page may be followed from
// anywhere.
func sameOrigin(r *http.Request) bool {
	if origins, ok := r.Header["Origin"]; ok {
		for _, origin := range origins {
			if from, err := url.Parse(origin); err != nil || from.Host != r.Host {
				return false
			}
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	}
	return r.URL.Path == pathPage && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}
