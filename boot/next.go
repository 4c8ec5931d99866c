package boot

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// A CommandLine gives the flags that stood on the command line of check, as words. Variables hold for the next command, too. wanted says which count. --set is never asked for. Nil: the report
// names no command.
type CommandLine func(wanted func(flag string) bool) []string

// policyFlags are the flags that a policy depends on.
var policyFlags = []string{"ssm-path", "allow-root-path", "ssm-parameter", "ssm-fetch", "region", "resolve-env"}

// next is the command to run after this report: the boot, or what helps with the first problem.
func (p *preparation) next(problems []problemReport) *nextReport {
	if p.commandLine == nil {
		return nil
	}
	if len(problems) == 0 {
		return newNext("the boot itself", "tsboot", p.flagWords(), p.commandWords())
	}
	first := problems[0]
	switch {
	case first.Code == ssm.CodeAccessDenied || first.Code == ssm.CodeKMSAccessDenied:
		return newNext("the whole policy that the role needs", "tsboot", []string{"iam-policy"}, p.policyWords(first))
	case first.Code == "profile-undetected":
		return newNext("the profiles that there are", "tsboot", []string{"profiles"})
	case first.Kind == Unavailable:
		return newNext("the same with each try", "tsboot", []string{"check", "--log-level", "debug"}, p.flagWords("log-level"), p.commandWords())
	}
	return newNext("the same again, when that is fixed", "tsboot", []string{"check"}, p.flagWords(), p.commandWords())
}

func newNext(why, program string, words ...[]string) *nextReport {
	argv := append([]string{program}, slices.Concat(words...)...)
	return &nextReport{Why: why, Command: format.ShellCommand(argv), Argv: argv}
}

// flagWords are the flags that were given, without some. The value of --set is shown where the profile declares the parameter
// and it is no secret.
func (p *preparation) flagWords(without ...string) []string {
	words := p.commandLine(func(flag string) bool { return !slices.Contains(without, flag) })
	if p.options.Given.ByVariable("set") {
		return words
	}
	for _, assignment := range p.options.Sources.Set {
		name, value, _ := strings.Cut(assignment, "=")
		if p.profile == nil || !p.maySay(name) {
			value = "VALUE"
		}
		words = append(words, "--set", name+"="+value)
	}
	return words
}

func (p *preparation) maySay(name string) bool {
	declared, ok := p.profile.Parameter(secrets.NormalizeName(name))
	return ok && !declared.Secret
}

func (p *preparation) commandWords() []string {
	if len(p.options.Command) == 0 {
		return nil
	}
	return append([]string{"--"}, p.options.Command...)
}

// policyWords are the flags of iam-policy. The keys are those that the problem names.
func (p *preparation) policyWords(problem problemReport) []string {
	flags := policyFlags
	if p.options.Sources.Fetch == FetchByName {
		flags = append(slices.Clone(flags), "profile")
	}
	words := p.commandLine(func(flag string) bool { return slices.Contains(flags, flag) })
	for _, statement := range problem.Allow {
		for _, key := range statement.Resource {
			if slices.Contains(statement.Action, "kms:Decrypt") && !strings.HasSuffix(key, ssm.PlaceholderKey) {
				words = append(words, "--kms-key", key)
			}
		}
	}
	return words
}
