package boot

import (
	"slices"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
)

// parameters lays the sources over each other and holds them to the profile's rules, as far as they could be read.
func (c *checker) parameters() {
	layers, err := c.survey.Layers()
	if err != nil {
		c.fail("sources", err)
	}
	profile := c.profile
	if profile == nil { // then what the sources have is listed all the same
		profile, _ = configgen.Builtin(ProfileExec)
	}
	variables := c.survey.Variables()
	environment := profile.EnvLayer(c.environ, variables...)
	c.examined = profile.Examine(slices.Concat(layers, []secrets.Layer{environment, c.set}), variables...)
	for _, p := range c.examined.Problems {
		c.parameterProblem(p)
	}
	for _, p := range c.examined.Parameters {
		c.parameter(p)
	}
	for _, p := range variables {
		row := given(p)
		row.Name, row.State, row.Secret = p.Name, configgen.ParameterFound, p.Secret()
		c.report.Parameters = append(c.report.Parameters, row)
	}
}

func (c *checker) parameterProblem(p configgen.Problem) {
	problem := configProblem(p, Invalid)
	problem.Section = "parameters"
	c.report.Problems = append(c.report.Problems, problem)
}

func (c *checker) parameter(p configgen.ParameterReport) {
	row := given(p.Given)
	row.Name, row.State, row.Secret, row.Trimmed = p.Name, p.State, p.Secret, p.Trimmed
	for _, loser := range p.Overridden {
		row.Overridden = append(row.Overridden, overridden{loser.FullName, loser.Origin})
	}
	switch {
	case c.failed && (p.State == configgen.ParameterMissing || p.State == configgen.ParameterDefault || p.State == configgen.ParameterUnset):
		row.State = parameterUnread // a source that failed may hold it: that is the fault to fix
	case p.Problem != nil:
		c.parameterProblem(*p.Problem)
	}
	if p.Trimmed {
		c.report.Warnings = append(c.report.Warnings, Problem{
			Code: "white-space", Section: "parameters",
			What: "parameter " + p.Name + " (" + source(p.Given) + ") has white space or a line break around its value, which is removed",
			Fix:  "store it again without (printf %s, not echo; a file without its last line break)",
		})
	}
	c.report.Parameters = append(c.report.Parameters, row)
}

func given(p secrets.Parameter) parameterReport {
	row := parameterReport{FullName: p.FullName, Source: p.Origin, Type: p.Type, Version: p.Version}
	if !p.LastModified.IsZero() {
		at := p.LastModified.UTC()
		row.LastModified = &at
	}
	return row
}

// environment makes the environment of the commands, and finds what cannot be in one.
func (c *checker) environment() {
	c.env = c.environ
	if c.failed || c.profile == nil || !c.examined.Whole() {
		return
	}
	environment, err := c.examined.Resolved.Environment(withVariables(c.environ, c.survey.Variables()), c.options.Environment)
	if err != nil {
		c.fail("environment", err)
		return
	}
	c.env = environment.Env
	for _, name := range environment.Dangerous {
		c.report.Warnings = append(c.report.Warnings, Problem{
			Code: "dangerous-variable", Section: "environment", What: "the parameter for " + name + " is not exported: the variable changes how programs load",
			Fix: "rename it, or allow it with --allow-env " + name,
		})
	}
	planner := &planner{options: &c.options, resolved: c.examined.Resolved, identity: c.owner, env: c.env, from: origins(environment, c.survey.Variables())}
	if _, err := planner.whole(); err != nil {
		c.fail("profile", err)
	}
}
