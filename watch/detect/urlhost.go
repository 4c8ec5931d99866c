package detect

import (
	"net/netip"
	"net/url"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// urlHostName is the function of expressions that gives the host of a URL. Without it a rule with a list of hosts would have
// to compare each argument with each of them, and a list could not be long.
const urlHostName = "urlHost"

const maxHost = 253 // the longest name of a host

func urlHostFunction() cel.EnvOption {
	return cel.Function(urlHostName, cel.Overload("url_host_string", []*cel.Type{cel.StringType}, cel.StringType,
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			text, _ := v.(types.String)
			return types.String(urlHost(string(text)))
		})))
}

// urlHostCost is what a call may cost: reading the text once.
func urlHostCost() *cost.CallEstimate {
	return &cost.CallEstimate{CostEstimate: cost.Estimate{Min: 1, Max: maxText / 10}, ResultSize: &cost.SizeEstimate{Max: maxHost}}
}

// urlHost is the host that a URL names, or what a program takes for one: x.example/a. It is in lower case, without port, user
// and brackets; empty where the text names none. A name without a dot only counts in a URL.
func urlHost(text string) string {
	if name, value, found := strings.Cut(text, "="); found && strings.HasPrefix(name, "-") {
		text = value // --url=https://x.example
	}
	scheme, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		rest = text
	} else if scheme == "" || strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if isURL && !strings.Contains(rest, `\`) { // programs do not agree on where a host with a backslash ends
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
	}
	address := url.URL{Host: rest}
	host := strings.TrimSuffix(strings.ToLower(address.Hostname()), ".")
	if !isURL && !isHost(rest, host) {
		return ""
	}
	return host[:min(len(host), maxHost)]
}

// isHost is whether text without a scheme, with what would be its host, is one and not a word or the name of a file.
func isHost(text, host string) bool {
	if strings.HasPrefix(text, "[") {
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	dot := strings.IndexByte(host, '.')
	return dot > 0 && dot < len(host)-1 && strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}
