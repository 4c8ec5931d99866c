package boot

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// A preparation is one run through the stages of a boot or of a check. Each stage uses what the stages before it left
// here, and says what is wrong by fault and warn. A boot ends with the first fault. A check goes on: a stage then does
// without what is missing, or does nothing.
type preparation struct {
	*Boot
	start    time.Time
	log      hclog.Logger // of the stages; a check prints what they find and logs nothing
	check    bool         // go on after a fault
	record   Record
	problems []Problem // of a check, in the order in which a boot would meet them
	invalid  Problems  // of the options; a boot does not begin with any

	commandLine CommandLine // of a check

	against  *against      // what a refresh compares with; nil: this is a boot
	metadata *ssm.Metadata // of this host; nil: it was not needed yet

	profile    *profile.Profile         // nil: not known
	set        secrets.Layer            // of --set
	owners     map[string]fileset.Owner // of files, by how the profile names them
	unread     bool                     // a source could not be read: what is missing may be in it
	layers     []secrets.Layer          // of the sources
	variables  []secrets.Parameter
	examined   *configgen.Examination
	incomplete bool // what follows from all values is not known
	files      []configgen.FileReport
	env        []string // of the commands
	planner    *planner // nil: there is no environment to plan with
	whole      *prepared
	setupDue   bool // of a check: every step of the setup would run
	plan       *prepared
}

func (b *Boot) newPreparation() *preparation {
	return &preparation{Boot: b, start: time.Now(), log: b.log, env: b.environ, record: Record{Warnings: slices.Clone(b.warnings)}}
}

// A stage is one step of a preparation. Its error ends the preparation.
type stage struct {
	name string
	run  func(*preparation, context.Context) error
}

// through runs the stages in order, and records how long each took.
func (p *preparation) through(ctx context.Context, stages ...stage) error {
	for _, s := range stages {
		start := time.Now()
		err := s.run(p, ctx)
		p.record.Phases = append(p.record.Phases, Phase{s.name, time.Since(start)})
		if err != nil {
			return err
		}
	}
	return nil
}

// fault says what is wrong in a section of the report of check. It gives the error back where that ends the preparation;
// a stage goes on where it gives nil.
func (p *preparation) fault(section string, err error) error {
	if err == nil || !p.check {
		return err
	}
	for _, problem := range problemsOf(err) {
		problem.Section = section
		p.problems = append(p.problems, problem)
	}
	return nil
}

// warn records a warning, once: files share directories. A boot also logs it.
func (p *preparation) warn(w warning) {
	for _, other := range p.record.Warnings {
		if other.Code == w.Code && other.What == w.What {
			return
		}
	}
	p.record.Warnings = append(p.record.Warnings, w.Problem)
	w.log(p.log)
}

// owner is who the files belong to; nil: tsboot's own user.
func (p *preparation) owner() *fileset.Owner {
	identity := p.options.Process.Identity
	if identity == nil {
		return nil
	}
	return &fileset.Owner{UID: identity.UID, GID: identity.GID}
}

// rendered are the files as a boot writes them.
func (p *preparation) rendered() []configgen.Rendered {
	list := make([]configgen.Rendered, len(p.files))
	for i, f := range p.files {
		list[i] = f.Rendered
	}
	return list
}
