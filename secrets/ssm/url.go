package ssm

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// hiddenURL stands for a URL that cannot be shown safely.
const hiddenURL = "(not shown: it may hold a password)"

var (
	// plainURL cannot have a password: no user, no query, digits after the colon.
	plainURL = secrets.LazyRegexp(`^([a-zA-Z][a-zA-Z0-9+.-]*:/{0,2})?([a-zA-Z0-9._-]*|\[[0-9a-fA-F:.]*\]?)(:[0-9]*)?(/[a-zA-Z0-9._/~-]*)?$`)
	plainURI = secrets.LazyRegexp(`^[a-zA-Z0-9._/~%+=,:-]*$`)
)

// shownURL is the URL of a variable in messages: without user, password and query,
// and without the part of a path that gives access to credentials.
func shownURL(value string) string {
	if plainURL().MatchString(value) {
		return withoutID(value)
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || strings.Contains(u.Host+u.Path, "@") || !plainURI().MatchString(u.Path) {
		return hiddenURL
	}
	shown := u.Scheme + "://"
	if u.User != nil {
		shown += "***@"
	}
	shown += u.Host + u.Path
	if u.RawQuery != "" || u.ForceQuery {
		shown += "?***"
	}
	return withoutID(shown)
}

// withoutID drops the last part of the path: on ECS it gives access to the
// credentials.
func withoutID(url string) string {
	if i := strings.LastIndexByte(url, '/'); i > 0 && strings.Contains(url, "/v2/credentials/") {
		return url[:i] + "/..."
	}
	return url
}

// checkURL is the fault of a URL that can never be reached; empty: there is none.
// It quotes no part of the URL.
func checkURL(value string, schemes ...string) string {
	u, err := url.Parse(value)
	if err != nil {
		return "it cannot be read as a URL"
	}
	known := false
	for _, scheme := range schemes {
		known = known || strings.EqualFold(u.Scheme, scheme)
	}
	switch {
	case !known:
		return "it does not begin with " + strings.Join(schemes, ":// or ") + "://"
	case u.Hostname() == "":
		return "it names no host"
	case !isHost(u.Hostname()):
		return "its host cannot be the name of one"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return "its port is not one of 1 to 65535"
		}
	}
	return ""
}

// isHost says whether a name can be looked up at all.
func isHost(name string) bool {
	if address, _, _ := strings.Cut(name, "%"); net.ParseIP(address) != nil {
		return true
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool {
			return r <= ' ' || r == 0x7f || r < 0x80 && !strings.ContainsRune("-_", r) && !isLetterOrDigit(r)
		}) {
			return false
		}
	}
	return true
}

func isLetterOrDigit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
