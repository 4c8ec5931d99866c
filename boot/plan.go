package boot

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/fileset"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// planner turns options and a resolved profile into the supervisor's plan. A flag beats its variable, which beats
// the profile, which beats the default.
type planner struct {
	options  *Options
	resolved *configgen.Resolved
	identity *supervisor.Identity
	env      []string
	from     map[string]string // what gave each variable its value, by name
	masks    []string          // of redact: a boot makes the plan twice, and a long secret has many forms
}

// whole makes the plan with every step of the setup. It finds what is wrong with it before any file is written.
func (p *planner) whole() (*prepared, error) {
	whole, err := p.plan(hclog.NewNullLogger(), fileset.Applied{SetupDue: true})
	if err != nil {
		return nil, err
	}
	return whole, whole.locate(p.checkSizes(&whole.Plan))
}

// checkSizes finds the commands that are too large for the kernel. The agent's comes first: mostly the environment is too
// large, and that is the same for all commands.
func (p *planner) checkSizes(plan *supervisor.Plan) error {
	err := supervisor.CheckSize(plan.Agent.Command)
	if err == nil {
		err = tooLargeStep(plan.Setup, false)
	}
	if err == nil {
		err = tooLargeStep(plan.BeforeStart, true)
	}
	var size *supervisor.SizeError
	if errors.As(err, &size) {
		for i, s := range size.Largest {
			if s.Variable {
				size.Largest[i].From = p.from[s.Name]
			}
		}
	}
	return err
}

// tooLargeStep is the error of the first step whose command is too large.
func tooLargeStep(steps []supervisor.Step, beforeStart bool) error {
	for _, step := range steps {
		if err := supervisor.CheckSize(step.Command); err != nil {
			return &supervisor.SetupError{Step: step.Name, BeforeStart: beforeStart, Err: err}
		}
	}
	return nil
}

func (p *planner) plan(log hclog.Logger, applied fileset.Applied) (*prepared, error) {
	agent, err := p.agent()
	if err != nil {
		return nil, err
	}
	setup, err := p.setup(log, applied.SetupDue)
	if err != nil {
		return nil, err
	}
	before, err := p.beforeStart(applied.SetupDue)
	if err != nil {
		return nil, err
	}
	health, err := p.health()
	if err != nil {
		return nil, err
	}
	onRefresh, err := p.onRefresh()
	if err != nil {
		return nil, err
	}
	return &prepared{
		Plan: supervisor.Plan{
			Setup: setup, BeforeStart: before, Agent: agent, Health: health, Redact: p.redact(len(setup) + len(before)),
			Refreshed: p.options.refreshes(),
		},
		Pending:   applied.Pending,
		OnRefresh: onRefresh,
		Places:    p.places(),
	}, nil
}

// redact is what the output of steps is masked with. Without a step the secrets alone say that there are some to
// forget: their forms are many.
func (p *planner) redact(steps int) []string {
	if steps == 0 {
		return p.resolved.Secrets()
	}
	if p.masks == nil {
		p.masks = p.resolved.Masks()
	}
	return p.masks
}

// places says where in the profile its commands stand: "run", and "setup NAME" or "before-start NAME" for each step.
func (p *planner) places() map[string]string {
	places := map[string]string{}
	for _, program := range p.resolved.Programs() {
		if program.Use != "run" || len(p.options.Command) == 0 {
			places[program.Use] = program.Pos.String()
		}
	}
	return places
}

// locate adds to an error about a command where in the profile the command stands.
func (p *prepared) locate(err error) error {
	var (
		setup     *supervisor.SetupError
		execution *supervisor.ExecError
		place     string
	)
	switch {
	case errors.As(err, &setup):
		place = p.Places[placeOfStep(setup)]
	case errors.As(err, &execution):
		place = p.Places["run"]
	}
	if place == "" {
		return err
	}
	return fmt.Errorf("%w (the command stands in the profile at %s)", err, place)
}

// placeOfStep is the use of a step, as places has it.
func placeOfStep(failed *supervisor.SetupError) string {
	if failed.BeforeStart {
		return "before-start " + failed.Step
	}
	return "setup " + failed.Step
}

// command is argv as the agent's user, in its directory and environment.
func (p *planner) command(argv []string) supervisor.Command {
	return supervisor.Command{Argv: argv, Env: p.env, Dir: p.options.Process.Dir, Identity: p.identity}
}

func (p *planner) agent() (supervisor.Agent, error) {
	argv := p.options.Command
	if len(argv) == 0 {
		var err error
		if argv, err = p.resolved.Run(); err != nil {
			return supervisor.Agent{}, err
		}
	}
	o, run := p.options, p.resolved.Profile.Run
	agent := supervisor.Agent{
		Command:            p.command(argv),
		Restart:            firstOf(o.Restart.Policy, supervisor.RestartPolicy(run.Restart), supervisor.RestartOnFailure),
		BackoffInitial:     o.Restart.BackoffInitial,
		BackoffMax:         o.Restart.BackoffMax,
		BackoffReset:       o.Restart.BackoffReset,
		StartLimitBurst:    o.Restart.StartLimitBurst,
		StartLimitInterval: o.Restart.StartLimitInterval,
		StopOn:             o.Stop.On,
		StopSignal:         o.Stop.Signal,
		Grace:              p.grace(),
		SignalRewrite:      o.Stop.Rewrite,
		SignalScope:        o.Stop.Scope,
		ExitRemap:          o.Stop.Remap,
	}
	var err error
	if agent.StopSignal == 0 {
		if agent.StopSignal, err = profileSignal(run.StopSignal, "stop-signal"); err != nil {
			return agent, err
		}
	}
	if agent.RefreshSignal, err = profileSignal(run.RefreshSignal, "refresh-signal"); err != nil {
		return agent, err
	}
	stop, err := p.resolved.Stop()
	if err != nil {
		return agent, err
	}
	if len(stop) > 0 {
		command := p.command(stop)
		agent.Stop = &command
	}
	agent.Follow = follow(run.Follow)
	return agent, nil
}

// follow says which daemons are the agent; nil where the command itself is.
func follow(f *profile.Follow) *supervisor.Follow {
	switch {
	case f == nil:
		return nil
	case f.LastChild:
		return &supervisor.Follow{LastChild: true}
	}
	main := slices.IndexFunc(f.Daemons, func(d profile.Daemon) bool { return d.Main })
	follow := &supervisor.Follow{AnyEnd: main < 0 && len(f.Daemons) > 1}
	for i, d := range f.Daemons {
		if i == max(main, 0) {
			follow.PIDFile = d.PIDFile
		} else {
			follow.Others = append(follow.Others, d.PIDFile)
		}
	}
	return follow
}

func (p *planner) grace() time.Duration {
	if grace := p.resolved.Profile.Run.Grace; grace != nil && !p.options.Given.Has("grace") {
		return *grace
	}
	return p.options.Stop.Grace
}

func (p *planner) setup(log hclog.Logger, due bool) ([]supervisor.Step, error) {
	setup, err := p.resolved.Setup(due)
	if err != nil {
		return nil, err
	}
	for _, name := range setup.Skipped {
		log.Info("setup step skipped: what it creates is there, and no file changed", "name", name)
	}
	return p.withSkipped(p.steps(setup.Commands), setup.Skipped), nil
}

// withSkipped adds the steps that are skipped: a rollback runs them again when a refresh has. They are left out where the
// boot goes on without the parameters that they take.
func (p *planner) withSkipped(steps []supervisor.Step, skipped []string) []supervisor.Step {
	whole, err := p.resolved.Setup(true)
	if len(skipped) == 0 || err != nil {
		return steps
	}
	all := p.steps(whole.Commands)
	for i, run := range all {
		if len(steps) > 0 && steps[0].Name == run.Name && slices.Equal(steps[0].Argv, run.Argv) {
			steps = steps[1:]
		} else {
			all[i].Skip = true
		}
	}
	return all
}

func (p *planner) beforeStart(due bool) ([]supervisor.Step, error) {
	commands, err := p.resolved.BeforeStart(due)
	return p.steps(commands), err
}

func (p *planner) steps(commands []configgen.Command) []supervisor.Step {
	steps := make([]supervisor.Step, 0, len(commands))
	for _, c := range commands {
		steps = append(steps, supervisor.Step{
			Name: c.Name, Command: p.command(c.Argv), Timeout: c.Timeout, Retries: c.Retries, OKCodes: c.OKCodes,
			Stdin: []byte(c.Stdin), Creates: c.Creates, Secret: c.TakesSecret(),
		})
	}
	return steps
}

func (p *planner) health() (*supervisor.Health, error) {
	argv, err := p.resolved.Health()
	if err != nil || len(argv) == 0 {
		return nil, err
	}
	h := p.resolved.Profile.Health
	return &supervisor.Health{Command: p.command(argv), Timeout: h.Timeout, Interval: h.Interval, Failures: h.Failures, StartPeriod: h.StartPeriod}, nil
}

func (p *planner) onRefresh() (supervisor.Refresh, error) {
	on := p.resolved.Profile.Run.OnRefresh
	signal, err := profileSignal(on.Signal, "on-refresh")
	return supervisor.Refresh{Action: firstOf(supervisor.RefreshAction(on.Action), supervisor.RefreshRestart), Signal: signal}, err
}

// profileSignal reads a signal's name in a profile; the error names its place there.
func profileSignal(word profile.Located, key string) (supervisor.Signal, error) {
	if word.Text == "" {
		return 0, nil
	}
	signal, err := supervisor.ParseSignal(word.Text)
	if err != nil {
		return 0, Usagef("%s: %s: %w", word.Pos, key, err)
	}
	return signal, nil
}

func firstOf[T ~string](choices ...T) T {
	for _, choice := range choices {
		if choice != "" {
			return choice
		}
	}
	return ""
}
