package cli

import (
	"regexp"
	"slices"
	"strings"
)

// serviceLink matches what follows the prefix in the names that Kubernetes and Docker make for a service or link whose
// name begins with the program's.
const serviceLink = `^(.*_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`

// UnknownVariables has one warning for each variable of the program that matches none of flags: it may be misspelt, or
// made by a service link. Because of the latter it is a warning and not an error. Sorted by name.
func (p Program) UnknownVariables(variables map[string]string, flags []string) []string {
	var unknown []string
	for name := range variables {
		if !slices.ContainsFunc(flags, func(flag string) bool { return p.Variable(flag) == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	link := regexp.MustCompile(serviceLink)
	warnings := make([]string, len(unknown))
	for i, name := range unknown {
		warnings[i] = name + " is not a variable of " + p.Name
		word := strings.TrimPrefix(name, p.prefix())
		if link.MatchString(word) {
			warnings[i] += ": a Kubernetes service or a Docker link makes this name (enableServiceLinks: false in the pod's spec stops that)"
		} else if near := p.Near(strings.ToLower(strings.ReplaceAll(word, "_", "-")), flags); near != "" {
			warnings[i] += "; the nearest is " + p.Variable(near)
		}
	}
	return warnings
}
