package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/kballard/go-shellquote"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// leftovers are variables of a terminal that would lead an SDK elsewhere, although endpoints and keys are set.
const leftovers = "AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"

// text is what the store prints when it is ready. A shell takes all of it.
func (o options) text(server *secretstest.Server) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# A Parameter Store in memory at %s, until Ctrl-C. It holds:", server.URL())
	for _, s := range o.seeds {
		line("#   %-40s %s", reference(s), kind(s))
	}
	if len(o.faults) > 0 {
		line("# It answers by a fault:")
	}
	for _, f := range o.faults {
		data, _ := json.Marshal(f) // a struct of strings and numbers
		line("#   %s", data)
	}
	line("\n# Paste this into another terminal:")
	line("unset %s", leftovers)
	for _, v := range server.Env() {
		name, value, _ := strings.Cut(v, "=")
		line("export %s=%s", name, shellquote.Join(value))
	}
	if o.binDir != "" {
		line(`export PATH=%s:"$PATH"`, shellquote.Join(o.binDir))
	}
	line("\n# Then try it:")
	for _, command := range o.try() {
		line("%s", command)
	}
	line("\n# Change it, make it fail, end that:")
	line("%s", o.put(server.URL()))
	control := server.URL() + "/_secretstest/"
	line("curl -s -d %s %s", quote(`{"kind": "throttle", "times": 3}`), control+"faults")
	line("curl -s -X POST %s", control+"clear")
	return b.String()
}

// try are commands of tsboot that read what the store holds: the tree of the first parameter that has one, or the
// parameter by its name.
func (o options) try() []string {
	source, variable := []string{"--ssm-parameter", reference(o.seeds[0])}, variableOf(reference(o.seeds[0]))
	for _, s := range o.seeds {
		if tree := path.Dir(s.Name); !s.Secret && strings.HasPrefix(tree, "/") && tree != "/" {
			source, variable = []string{"--ssm-path", tree}, variableOf(s.Name)
			break
		}
	}
	exec := []string{"tsboot", "exec"}
	if runtime.GOOS != "linux" {
		exec = append(exec, "--replace") // what keeps an agent needs Linux
	}
	return []string{
		shellquote.Join(append([]string{"tsboot", "export"}, source...)...),
		shellquote.Join(append(append(exec, source...), "--", "printenv", variable)...),
	}
}

// put is a command that gives the first parameter another value.
func (o options) put(url string) string {
	s := o.seeds[0]
	s.Value = "another-value"
	data, _ := json.Marshal(s) // a struct of strings
	return "curl -s -d " + quote(string(data)) + " " + url + "/_secretstest/put"
}

// quote makes one word of JSON for a shell, as a person would where that is possible.
func quote(text string) string {
	if strings.Contains(text, "'") {
		return shellquote.Join(text)
	}
	return "'" + text + "'"
}

// variableOf is the environment variable that tsboot makes of a parameter.
func variableOf(name string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(path.Base(name)))
}

// reference is what a parameter is asked for by.
func reference(s secretstest.Seed) string {
	if s.Secret {
		return "/aws/reference/secretsmanager/" + s.Name
	}
	return s.Name
}

func kind(s secretstest.Seed) string {
	text := cmp.Or(s.Type, secretstest.TypeSecureString)
	if s.Secret {
		text = "secret of Secrets Manager"
	}
	if s.Region != "" {
		text += " in " + s.Region
	}
	return text
}
