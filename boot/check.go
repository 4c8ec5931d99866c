package boot

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
	"github.com/tsboot/tsboot/supervisor"
)

// CheckTimeout is the deadline of the fetch where none was given: a person waits.
const CheckTimeout = 15 * time.Second

// Check is `tsboot check`. invalid is what is wrong with the options: unlike any other command it goes on with them. The
// error says why there is no report: a signal, or something that hangs.
func (b *Boot) Check(ctx context.Context, invalid Problems, warnings []Problem) (*Report, error) {
	c := &checker{Boot: b, report: newReport()}
	c.report.Warnings = append(c.report.Warnings, warnings...)
	err := b.bounded(ctx, c.timeout(), func(ctx context.Context) error {
		c.check(ctx, invalid)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.report, nil
}

// FlagWarning is a warning about flags or variables that the program found, by the code of its entry.
func FlagWarning(code, what string) Problem {
	return Problem{Code: code, Section: "flags", What: what, Fix: EntryOf(code).Do}
}

// A checker does what a boot does, in its order, without the writing and starting, and goes on after what is wrong.
type checker struct {
	*Boot
	report   *Report
	profile  *configgen.Profile // nil: not known
	set      secrets.Layer
	survey   *ssm.Survey
	failed   bool // a source could not be read: what is missing may be in it
	examined *configgen.Examination
	owner    *supervisor.Identity
	env      []string // of the commands
	due      bool     // setup would run whatever it created before
}

func (c *checker) check(ctx context.Context, invalid Problems) {
	c.process()
	sound := c.flags(invalid)
	c.profileAndSet()
	c.sources(ctx, sound)
	if ctx.Err() != nil {
		return
	}
	c.parameters()
	c.environment()
	c.files()
	c.commands()
}

// flags reports what can be told without anything else; it says whether the sources are sound.
func (c *checker) flags(invalid Problems) bool {
	for _, err := range []error{invalid.Sources, invalid.Restart, invalid.Stop, invalid.Process, c.validateWorkingDir()} {
		if err != nil {
			c.fail("flags", err)
		}
	}
	if identity := c.options.Process.Identity; identity != nil {
		c.owner = identity
		c.report.User = &userReport{identity.Name, identity.UID, identity.GID, slices.Clone(identity.Groups)}
	}
	return invalid.Sources == nil
}

func (c *checker) process() {
	c.report.Version = c.version
	first, err := os.ReadFile("/proc/1/comm")
	if err != nil {
		first = []byte("not to be seen")
	}
	c.report.Process = processReport{PID: os.Getpid(), UID: os.Geteuid(), GID: os.Getegid(), PID1: strings.TrimSpace(string(first))}
}

func (c *checker) profileAndSet() {
	profile, err := c.chooseProfile()
	if err != nil {
		c.fail("profile", err)
		return
	}
	c.profile = profile
	c.report.Profile = &profileReport{profile.Name, c.why()}
	if err := c.mayRunAsUser(profile); err != nil {
		c.fail("flags", err)
	}
	if c.set, err = profile.SetLayer(c.options.Given.Name("set"), c.options.Sources.Set); err != nil {
		c.fail("flags", err)
	}
}

// why says how the profile came to be chosen.
func (c *checker) why() string {
	switch {
	case c.options.Profile == ProfileAuto:
		return "detected by " + joinAnd(c.profile.Detect)
	case c.options.Given.Has("profile"):
		return "by " + c.options.Given.Name("profile")
	}
	return "for a command without --profile"
}

// timeout is that of the fetch: for a person, "never give up" has an end, too.
func (c *checker) timeout() time.Duration {
	if given := c.options.Sources.Timeout; given > 0 && c.options.Given.Has("fetch-timeout") {
		return given
	}
	return CheckTimeout
}
