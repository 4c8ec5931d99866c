package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen"
)

// serviceLink matches the names that Kubernetes and Docker make for a service or link whose name begins with tsboot.
const serviceLink = `^TSBOOT_(.*_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`

// unknownVariables says of each TSBOOT_ variable that matches no flag of any command what it may be: a misspelt one, or
// one that a service link made. Because of the latter it is a warning and not an error.
func unknownVariables(variables map[string]string, flags []string) []string {
	var unknown []string
	for name := range variables {
		if !slices.ContainsFunc(flags, func(flag string) bool { return variableName(flag) == name }) {
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
		warnings[i] = name + " is not a variable of tsboot"
		word := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, variablePrefix), "_", "-"))
		if link.MatchString(name) {
			warnings[i] += ": a Kubernetes service or a Docker link makes this name (enableServiceLinks: false in the pod's spec stops that)"
		} else if near := configgen.Nearest(word, flags); near != "" {
			warnings[i] += "; the nearest is " + variableName(near)
		}
	}
	return warnings
}
