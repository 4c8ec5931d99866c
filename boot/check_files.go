package boot

import (
	"io/fs"
	"slices"
	"strconv"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// files looks at what would be written.
func (c *checker) files() {
	if c.profile == nil {
		return
	}
	files, _ := c.examined.Render()
	c.examined.Preflight(files, owner(c.owner))
	c.due = c.examined.SetupPending(files, owner(c.owner))
	for _, f := range files {
		c.report.Files = append(c.report.Files, fileReport{f.Path, f.State, modeText(f.Mode), f.Path != "" && f.Err == nil})
		for _, p := range f.Problems {
			problem := configProblem(p, Invalid)
			problem.Section = "files"
			c.report.Problems = append(c.report.Problems, problem)
		}
		for _, w := range f.Warnings {
			c.warnOnce("files", configProblem(w, None))
		}
		if f.Err != nil {
			c.fail("files", f.Err)
		}
		c.exposed(f)
		c.due = c.due || f.State != configgen.FileUnchanged
	}
}

// exposed warns of a file that holds a secret and asks for a mode by which others can read it.
func (c *checker) exposed(f configgen.FileReport) {
	if len(f.Exposed) == 0 {
		return
	}
	path := f.Path
	if path == "" {
		path = "(its path has no good value)"
	}
	c.report.Warnings = append(c.report.Warnings, Problem{
		Code: "secret-readable", Section: "files", Fix: exposedFix,
		What: "file " + path + " holds the secret " + joinAnd(f.Exposed) + ", and others can read it: mode " + modeText(f.Mode),
	})
}

// warnOnce: files share directories, and what is wrong with one is said once.
func (c *checker) warnOnce(section string, p Problem) {
	p.Section = section
	if !slices.ContainsFunc(c.report.Warnings, func(other Problem) bool { return other.Code == p.Code && other.What == p.What }) {
		c.report.Warnings = append(c.report.Warnings, p)
	}
}

func octal(mode fs.FileMode) string { return strconv.FormatUint(uint64(mode.Perm()), 8) }

// commands looks whether what would be started can be.
func (c *checker) commands() {
	var programs []configgen.Program
	if c.profile != nil {
		programs = c.examined.Resolved.Programs()
	}
	if len(c.options.Command) > 0 {
		programs = slices.DeleteFunc(programs, func(p configgen.Program) bool { return p.Use == "run" })
		programs = append(programs, configgen.Program{Use: "run", Argv0: c.options.Command[0]})
	}
	slices.SortStableFunc(programs, func(a, b configgen.Program) int { return place(a.Use) - place(b.Use) })
	for _, p := range programs {
		c.program(p)
	}
}

// place is where in a boot a command comes.
func place(use string) int {
	switch use {
	case "run":
		return 1
	case "health":
		return 2
	}
	return 0
}

func (c *checker) program(p configgen.Program) {
	path, err := supervisor.Examine(supervisor.Command{Argv: []string{p.Argv0}, Env: c.env, Dir: c.options.Process.Dir, Identity: c.owner})
	row := commandReport{Use: p.Use, Program: p.Argv0, Path: path, Runs: err == nil, Skipped: p.Skipped && !c.due}
	c.report.Commands = append(c.report.Commands, row)
	if err == nil || row.Skipped {
		return
	}
	if p.Use == "run" {
		err = HintAtWords(c.options.Command, err)
	}
	fault := problemsOf(err)[0]
	fault.Section, fault.What = "commands", p.Use+": "+fault.What
	if fault.Code == "command-not-found" {
		fault.Fix = "install it in the image, or correct " + c.origin(p)
	}
	switch place(p.Use) {
	case 0:
		fault.Kind = SetupFailed
	case 2: // an unhealthy agent is no end of a boot
		fault.Kind = None
		c.report.Warnings = append(c.report.Warnings, fault)
		return
	}
	c.report.Problems = append(c.report.Problems, fault)
}

// origin is where a command is written.
func (c *checker) origin(p configgen.Program) string {
	_, builtin := configgen.Builtin(c.options.Profile)
	switch {
	case p.Use == "run" && len(c.options.Command) > 0:
		return `the command after "--"`
	case builtin || c.options.Profile == ProfileAuto:
		return "the choice of --profile: this one is for another agent"
	}
	return p.Use + " in the profile, " + p.Pos.String()
}
