package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/supervisor"
)

// checkTimeout is the deadline of the fetch where none was given: a person waits.
const checkTimeout = 15 * time.Second

func (a *app) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [flags] [-- command [arg...]]",
		Short: "look at all that a boot needs, changing nothing; say what is wrong and how to mend it",
		Long: `check looks at all that a boot with the same flags and environment would need and changes nothing: region and
identity, each parameter, the files and whether they can be written, the commands and whether they can run. It goes on
after the first fault, prints no value, and exits with 0 or the code that the boot would end with.

Run it where the agent will run, as the same user: in the task (aws ecs execute-command, or as the command of a
one-off task), in the pod, or on a laptop with the role assumed. Each source is read once, all at the same time.
--fetch-timeout is 15s here unless it is given.`,
		Args: a.noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCheck(cmd, asJSON) },
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as one JSON object (docs/check.md)")
	a.settings.bootFlags(cmd.Flags())
	if timeout := cmd.Flags().Lookup("fetch-timeout"); timeout != nil {
		timeout.DefValue = checkTimeout.String() // in --help; the value itself is shared with the boot
	}
	return cmd
}

// runCheck is `tsboot check`.
func (a *app) runCheck(cmd *cobra.Command, asJSON bool) error {
	if err := a.openLog(); err != nil {
		return err
	}
	if a.settings.command != nil && !a.settings.explicit("profile") {
		a.settings.profile = profileExec
	}
	c := &checker{app: a, report: newReport()}
	for _, warning := range program.UnknownVariables(a.variables, cli.AllFlags(cmd.Root())) {
		c.warn("unknown-variable", warning, "remove it, or correct its name")
	}
	for _, warning := range a.emptySources {
		c.warn("empty-source", warning, entryOf("empty-source").Do)
	}
	err := a.bounded(cmd.Context(), c.timeout(), func(ctx context.Context) error {
		c.check(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.report.conclude()
	a.code = c.report.ExitCode
	if asJSON {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(c.report)
	}
	_, err = cmd.OutOrStdout().Write(c.report.text(time.Now()))
	return err
}

// A checker does what a boot does, in its order, without the writing and starting, and goes on after what is wrong.
type checker struct {
	*app
	report   *report
	profile  *configgen.Profile // nil: not known
	set      secrets.Layer
	survey   *secrets.Survey
	failed   bool // a source could not be read: what is missing may be in it
	examined *configgen.Examination
	owner    *supervisor.Identity
	env      []string // of the commands
	due      bool     // setup would run whatever it created before
}

func (c *checker) check(ctx context.Context) {
	c.process()
	sound := c.flags()
	c.chooseProfile()
	c.sources(ctx, sound)
	if ctx.Err() != nil {
		return
	}
	c.parameters()
	c.environment()
	c.files()
	c.commands()
}

// flags checks what can be told without anything else; it says whether the sources are sound.
func (c *checker) flags() bool {
	sound := true
	s := &c.app.settings
	for i, check := range []func() error{s.validateSources, s.validateRestart, s.validateStop, s.validateProcess, c.validateWorkingDir} {
		if err := check(); err != nil {
			c.fail("flags", err)
			sound = sound && i > 0
		}
	}
	if s.user != "" {
		if identity, err := s.identity(); err == nil {
			c.owner = identity
			c.report.User = &userReport{identity.Name, identity.UID, identity.GID, slices.Clone(identity.Groups)}
		}
	}
	return sound
}

func (c *checker) process() {
	c.report.Version = versionText()
	first, err := os.ReadFile("/proc/1/comm")
	if err != nil {
		first = []byte("not to be seen")
	}
	c.report.Process = processReport{PID: os.Getpid(), UID: os.Geteuid(), GID: os.Getegid(), PID1: strings.TrimSpace(string(first))}
}

func (c *checker) chooseProfile() {
	profile, err := c.app.chooseProfile()
	if err != nil {
		c.fail("profile", err)
		return
	}
	c.profile = profile
	c.report.Profile = &profileReport{profile.Name, c.why()}
	if err := c.mayRunAsUser(profile); err != nil && c.owner != nil {
		c.fail("flags", err)
	}
	if c.set, err = profile.SetLayer(c.settings.name("set"), c.settings.set); err != nil {
		c.fail("flags", err)
	}
}

// why says how the profile came to be chosen.
func (c *checker) why() string {
	switch {
	case c.settings.profile == profileAuto:
		return "detected by " + joinAnd(c.profile.Detect)
	case c.settings.explicit("profile"):
		return "by " + c.settings.name("profile")
	}
	return "for a command without --profile"
}

// timeout is that of the fetch: for a person, "never give up" has an end, too.
func (c *checker) timeout() time.Duration {
	if given := c.settings.fetchTimeout; given > 0 && c.settings.explicit("fetch-timeout") {
		return given
	}
	return checkTimeout
}
