package ssm

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// A settingError is a variable that can never work, found at its use.
type settingError struct{ name, what, fix string }

func (e *settingError) Error() string { return e.name + ": " + e.what }

// proxyOf is the proxy of a request by the environment. net/http ignores a
// variable that it cannot read, or reads it as a host named http: proxyOf refuses
// it.
func proxyOf(r *http.Request) (*url.URL, error) {
	if err := environment(nil).checkProxy(r.URL); err != nil {
		return nil, err
	}
	proxy, err := http.ProxyFromEnvironment(r)
	if err != nil { // whose text shows the proxy's password
		return nil, &proxyError{"the proxy's variable cannot be read as a URL"}
	}
	if proxy != nil {
		contactOf(r.Context()).by(proxy)
	}
	return proxy, nil
}

// checkProxy refuses a proxy that can never be reached.
func (e environment) checkProxy(to *url.URL) error {
	name := strings.ToUpper(to.Scheme) + "_PROXY"
	if e.get(name) == "" {
		name = strings.ToLower(name)
	}
	value := e.get(name)
	if value == "" || e.withoutProxy(to.Hostname()) {
		return nil
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	if what := checkURL(value, "http", "https", "socks5", "socks5h"); what != "" {
		return &settingError{name, "it is not the URL of a proxy: " + what, "write it as http://HOST:PORT, or unset " + name}
	}
	return nil
}

// withoutProxy says whether a host is certainly asked without a proxy: it is this
// host, or in NO_PROXY.
func (e environment) withoutProxy(host string) bool {
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	for entry := range strings.SplitSeq(firstSet(e, "NO_PROXY", "no_proxy"), ",") {
		entry = strings.TrimPrefix(strings.TrimSpace(entry), "*.")
		if name, _, err := net.SplitHostPort(entry); err == nil {
			entry = name
		}
		entry = strings.TrimPrefix(entry, ".")
		if entry == "*" || entry != "" && (strings.EqualFold(host, entry) || strings.HasSuffix(strings.ToLower(host), "."+strings.ToLower(entry))) {
			return true
		}
	}
	return false
}
