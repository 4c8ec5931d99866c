package boot

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/secrets"
)

// A warning is what a boot goes on with. check lists the problem; a boot logs the message with its keys. Neither holds
// the value of a parameter.
type warning struct {
	Problem
	message string // empty: who found it has logged it
	keys    []any
}

// log logs the message.
func (w warning) log(log hclog.Logger) {
	if w.message != "" {
		log.Warn(w.message, w.keys...)
	}
}

// newWarning is a warning with the fix of its entry in the catalogue.
func newWarning(code, section, what, message string, keys ...any) warning {
	return warning{Problem{Code: code, Section: section, What: what, Fix: EntryOf(code).Do}, message, keys}
}

// FlagWarning is a warning about flags or variables that the program found, by the code of its entry.
func FlagWarning(code, what string) Problem {
	w := newWarning(code, "flags", what, "").Problem
	if code == "unknown-variable" { // a service link makes many of them
		about, text, _ := strings.Cut(what, " ")
		w.Cause = Cause{About: about, Text: "variables that are not of tsboot: each " + text}
	}
	return w
}

// shared is a warning that may have its cause in common with others.
func (w warning) shared(about, text, fix string) warning {
	w.Cause = Cause{About: about, Text: text, Fix: fix}
	return w
}

func nearReference(variable string) warning {
	return newWarning("near-reference", "flags", "variable "+variable+" looks like a reference and is not one: it is passed on as it is",
		"variable looks like a reference and is not one: write ssm://REF, as in ssm:///app/prod/key", "variable", variable).
		shared("variable "+variable, "variables look like a reference and are none: they are passed on as they are", "")
}

func instanceRole() warning {
	w := newWarning("instance-role", "flags", "this is an ECS task, and the credentials are those of the instance's role: the task has none of its own", "")
	w.Fix = "set taskRoleArn in the task definition; with host networking also ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true on the ECS agent"
	return w
}

func danglingLink(d secrets.Dangling) warning {
	return newWarning("dangling-link", "flags", fmt.Sprintf("%s, a link to %s, is passed over: %s", d.Path, d.Target, d.Reason),
		"link in a directory of secrets leads nowhere: passed over", "path", d.Path, "target", d.Target, "reason", d.Reason).
		shared(d.Path+", a link to "+d.Target+": "+d.Reason, "links in a directory of secrets are passed over", "")
}

func whiteSpace(name string, given secrets.Parameter) warning {
	w := newWarning("white-space", "parameters", "parameter "+name+" ("+source(given)+") has white space or a line break around its value, which is removed",
		"white space around a value removed", "name", given.Name, "source", source(given))
	w.Fix = "store it again without (printf %s, not echo; a file without its last line break)"
	return w.shared("parameter "+name+" ("+source(given)+")", "values have white space or a line break around them, which is removed", "")
}

func dangerousVariable(name string) warning {
	w := newWarning("dangerous-variable", "environment", "the parameter for "+name+" is not exported: the variable changes how programs load",
		"parameter not exported: its variable changes how programs load (see --allow-env)", "name", name)
	w.Fix = "rename it, or allow it with --allow-env " + name
	return w.shared(name, "parameters are not exported: their variables change how programs load", "rename them, or allow each with --allow-env")
}

// secretReadable warns about a file that holds a secret and has a mode by which others can read it.
func secretReadable(f configgen.Rendered) warning {
	path := f.Path
	if path == "" {
		path = "(its path has no good value)"
	}
	const fix = "leave out mode (0600), or add world-readable-secrets: true to the file in the profile if that is meant"
	w := newWarning("secret-readable", "files", "file "+path+" holds the secret "+joinAnd(f.Exposed)+", and others can read it: mode "+modeText(f.Mode),
		"others can read a file that holds a secret", "path", f.Path, "mode", modeText(f.Mode), "names", f.Exposed, "fix", fix)
	w.Fix = fix
	return w
}

// fileWarning warns about the file that is there now, or a directory on the way to it.
func fileWarning(p fileset.Problem) warning {
	problem := Problem{Code: p.Code, Section: "files", What: p.What, Fix: p.Fix}
	return warning{problem, "others could read a file with secrets", []any{"code", p.Code, "detail", p.What, "fix", p.Fix}}
}

// capabilitiesMissing warns about what the agent needs and will not have.
func capabilitiesMissing(names []string, why string) warning {
	return newWarning("capability-missing", "profile", "the agent needs "+joinAnd(names)+": "+why,
		"the agent lacks capabilities that its profile names", "names", names, "reason", why)
}

// source says where a parameter comes from.
func source(p secrets.Parameter) string {
	return fmt.Sprintf("%s %s", p.Origin, p.FullName)
}
