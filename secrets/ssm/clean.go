package ssm

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

var (
	userInURL  = secrets.LazyRegexp(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s"'/]*@`)
	queryInURL = secrets.LazyRegexp(`([a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'?]+)\?[^\s"']+`)
)

// clean removes what is confidential in the environment from a text of the SDK or
// of net/http: passwords and queries of URLs, keys and tokens.
func (e environment) clean(text string) string {
	for _, entry := range e.entries() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case confidential[name]:
			text = replace(text, value, "***")
		case holdsURL(name):
			text = cleanURL(text, value)
		}
	}
	text = userInURL().ReplaceAllString(text, "${1}***@")
	return queryInURL().ReplaceAllString(text, "${1}?***")
}

// confidential are the variables whose values are never shown.
var confidential = map[string]bool{
	"AWS_SECRET_ACCESS_KEY": true, "AWS_SECRET_KEY": true, "AWS_SESSION_TOKEN": true, "AWS_SECURITY_TOKEN": true,
	"AWS_CONTAINER_AUTHORIZATION_TOKEN": true,
}

func holdsURL(name string) bool {
	if strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
		return true
	}
	return (strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "ECS_")) && (strings.Contains(name, "ENDPOINT") || strings.Contains(name, "_URI"))
}

// cleanURL removes the user and the query of a URL from a text: the whole URL, and
// the parts that an error may quote.
func cleanURL(text, value string) string {
	if !strings.ContainsAny(value, "@?") {
		return text
	}
	text = replace(text, value, shownURL(value))
	after := value
	if _, rest, ok := strings.Cut(value, "://"); ok {
		after = rest
	}
	if i := strings.LastIndexByte(after, '@'); i >= 0 {
		user := after[:i]
		text = replace(text, user, "***")
		if _, password, ok := strings.Cut(user, ":"); ok {
			text = replace(text, password, "***")
		}
	}
	if _, query, ok := strings.Cut(value, "?"); ok {
		text = replace(text, query, "***")
	}
	return text
}

// replace replaces a secret in a text, in the forms in which errors write it. A
// short one stays: it is part of too many words.
func replace(text, secret, with string) string {
	const shortest = 4
	forms := []string{secret, strings.Trim(strconv.Quote(secret), `"`)}
	if plain, err := url.PathUnescape(secret); err == nil {
		forms = append(forms, plain)
	}
	for _, form := range forms {
		if len(form) >= shortest {
			text = strings.ReplaceAll(text, form, with)
		}
	}
	return text
}
