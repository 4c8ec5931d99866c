package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"code": code, "parameter": parameterName, "signal": signal, "indent": indent, "codes": codes, "argv": argv, "sentence": sentence,
}).Parse(pageText))

// page is one agent's, as docs/agents has it.
func page(tsboot string, a *agent) (string, error) {
	p, err := readProfile(tsboot, a.profile)
	if err != nil {
		return "", err
	}
	parameters, err := p.parameters()
	if err != nil {
		return "", err
	}
	policy, err := tsbootOutput(tsboot, "iam-policy", "--ssm-path", a.path(), "--region", region, "--account", account)
	if err != nil {
		return "", err
	}
	task, err := a.taskDefinition(tsboot)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, map[string]any{
		"Name": a.profile, "About": p.about, "Documentation": p.documentation, "VendorImage": p.image, "Parameters": parameters, "Profile": p,
		"Path": a.path(), "Recipe": a.recipe(), "Make": a.make, "Store": a.store(), "Rotate": a.rotate(),
		"Policy": strings.TrimSpace(policy), "Task": task, "Command": strings.Join(a.manifest(), " "), "Before": a.before(),
	})
	return b.String(), err
}

// recipe is the Dockerfile of an image that is not ours.
func (a *agent) recipe() string {
	lines := append([]string{"FROM tsboot AS tsboot", "FROM " + a.from}, a.install...)
	lines = append(lines, "COPY --from=tsboot /tsboot /tsboot",
		"COPY --from=tsboot /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt")
	if a.user != "" && !a.bare {
		lines = append(lines, "USER root", "RUN mkdir /run/tsboot && chown "+a.user+" /run/tsboot", "USER "+a.user)
	}
	return strings.Join(append(lines, `ENTRYPOINT ["/tsboot"]`), "\n")
}

// store is the shell commands that put the parameters.
func (a *agent) store() string {
	var lines []string
	for _, v := range a.values {
		lines = append(lines, a.put(&v, "")...)
	}
	if len(lines) > 0 && strings.Contains(strings.Join(lines, "\n"), " > ") {
		lines = append([]string{"umask 077"}, lines...)
	}
	return strings.Join(lines, "\n")
}

// rotate is the shell commands that put the next version of one.
func (a *agent) rotate() string {
	for _, v := range a.values {
		if v.parameter == a.rotated {
			return strings.Join(a.put(&v, " --overwrite"), "\n")
		}
	}
	return ""
}

func (a *agent) put(v *value, overwrite string) []string {
	put := fmt.Sprintf("aws ssm put-parameter%s --name %s/%s", overwrite, a.path(), v.parameter)
	if v.command == "" {
		return []string{put + " --type String --value '" + v.text + "'"}
	}
	lines := []string{v.command + " > " + v.parameter, put + " --type SecureString --value file://" + v.parameter}
	if v.prepare != "" {
		lines = append([]string{v.prepare}, lines...)
	}
	return lines
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

func codes(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = code(s)
	}
	return strings.Join(quoted, ", ")
}

func argv(words []string) string { return code(strings.Join(words, " ")) }

// sentence is a comment as one cell of a table.
func sentence(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// indent is a text below an item of a list.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n   ") }

// signal is the name in `on-refresh: signal:NAME`.
func signal(s string) string { return strings.TrimPrefix(s, "signal:") }

// parameterName is the one of a condition, which is bare or ${name}.
func parameterName(s string) string {
	return code(strings.TrimSuffix(strings.TrimPrefix(s, "${"), "}"))
}
