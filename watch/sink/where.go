package sink

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// Kinds of outputs.
const (
	kindStdout = iota
	kindFile
	kindUnix
	kindPost
)

// maxSocketPath is what fits into an address of a unix socket, on Linux.
const maxSocketPath = 107

// A WhereError says that a text names no output.
type WhereError struct {
	Where string // no part of an address that may be a secret
	Want  string
}

func (e *WhereError) Error() string { return fmt.Sprintf("%q: %s", e.Where, e.Want) }

// target is an output as it was asked for.
type target struct {
	kind  int
	path  string // of a file or socket
	url   *url.URL
	where string // as it is shown: no query
}

func parseAll(names []string) ([]target, error) {
	seen := map[string]bool{}
	var all []target
	for _, where := range names {
		t, err := parse(where)
		if err != nil {
			return nil, err
		}
		if seen[t.identity()] {
			return nil, &WhereError{t.where, "given twice"}
		}
		seen[t.identity()] = true
		all = append(all, t)
	}
	return all, nil
}

func parse(where string) (target, error) {
	scheme, rest, _ := strings.Cut(where, ":")
	switch {
	case where == "stdout":
		return target{kind: kindStdout, where: where}, nil
	case scheme == "file":
		return parsePath(kindFile, where, rest)
	case scheme == "unix":
		if len(rest) > maxSocketPath {
			return target{}, &WhereError{where, fmt.Sprintf("the path of a socket has at most %d bytes", maxSocketPath)}
		}
		return parsePath(kindUnix, where, rest)
	case strings.EqualFold(scheme, "https"), strings.EqualFold(scheme, "http"):
		return parseURL(where, scheme)
	}
	if strings.ContainsAny(where, "@?") {
		where = "(not shown: it may hold a secret)"
	}
	return target{}, &WhereError{where, "want stdout, file:PATH, unix:PATH, https://HOST/PATH or http://127.0.0.1:PORT/PATH"}
}

func parsePath(kind int, where, path string) (target, error) {
	switch {
	case path == "":
		return target{}, &WhereError{where, "a path has to follow"}
	case strings.ContainsRune(path, 0):
		return target{}, &WhereError{where, "a path cannot have a zero byte"}
	}
	return target{kind: kind, path: path, where: where}, nil
}

func parseURL(where, scheme string) (target, error) {
	u, err := url.Parse(where)
	if err != nil { // whose text has the address
		return target{}, &WhereError{scheme + "://...", "this cannot be read as an address"}
	}
	shown := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
	switch {
	case u.User != nil:
		return target{}, &WhereError{shown, "an address must not have a user or password: write the token to a file, and give --token-file"}
	case u.Hostname() == "":
		return target{}, &WhereError{shown, "the address has no host"}
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return target{}, &WhereError{shown, "http is for this machine only (127.0.0.1, [::1], localhost): use https"}
	case !isPort(u.Port()):
		return target{}, &WhereError{shown, "a port is a number from 1 to 65535"}
	}
	u.Fragment, u.RawFragment = "", ""
	return target{kind: kindPost, url: u, where: shown}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// isPort says whether a text is a port that one can connect to, or none.
func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && port > 0
}

// identity is the same for two names of one output.
func (t target) identity() string {
	switch t.kind {
	case kindPost:
		return canonical(*t.url)
	case kindFile, kindUnix:
		scheme, _, _ := strings.Cut(t.where, ":")
		return scheme + ":" + resolve(t.path)
	}
	return t.where
}

// canonical is the address without what makes no difference to the server.
func canonical(u url.URL) string {
	u.Host = strings.ToLower(u.Host)
	if u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// resolve is the path without links, also where there is nothing in its directory yet.
func resolve(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		return filepath.Join(dir, filepath.Base(path))
	}
	return path
}
