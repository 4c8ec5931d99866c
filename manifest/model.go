package manifest

import (
	"bytes"
	"cmp"
	"math"
	"path"
	"slices"
	"time"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// model is what a deployment needs, whatever runs it.
type model struct {
	kind    *kind
	options *Options
	profile *profile.Profile
	policy  *ssm.IAMPolicy // nil: nothing of AWS
	notes   []string

	name, image     string
	region, account string            // or their placeholders
	flags           []string          // what follows /tsboot, before the command
	settings        []string          // flags that set parameters for this kind
	set             map[string]string // parameters that flags set, those among them
	program         bool              // exec: any program, not an agent of the host

	hostPID      bool
	memory       int // MiB
	capabilities []string
	uid          int      // who runs in the image
	readOnly     bool     // the root file system
	own          []string // directories that tsboot itself writes to: no other user may
	scratch      []string // directories in memory, own ones among them
	mounts       []mount
	secretsDirs  []string // that are to be mounted

	stop, start   int // seconds: to SIGKILL; in which a failed health check does not count
	healthTimeout int // seconds
	runDir        string
}

// Seconds of the health check, and what is added to the grace: the runtime needs some to end the container.
const (
	healthInterval = 30
	healthRetries  = 3
	leastStart     = 60
	leastStop      = 30 // what ECS gives where nothing is said
	stopMargin     = 5
)

func newModel(k *kind, o *Options, d *boot.Deployment) (*model, error) {
	_, builtin := profile.Builtin(o.Boot.Profile)
	need := needOf(d.Profile.Name, builtin)
	m := &model{
		kind: k, options: o, profile: d.Profile, policy: d.Policy,
		region: cmp.Or(o.Boot.Sources.Region, ssm.PlaceholderRegion), account: cmp.Or(o.Account, ssm.PlaceholderAccount),
		program: d.Profile.Env.ExportAll, hostPID: !need.alone && k.noHost == "",
		uid:    need.uid,
		runDir: o.Boot.RunDir,
	}
	m.addSettings(need, d.Set)
	for _, step := range []func() error{
		m.setName, m.setWords, m.setTimes, m.setCapabilities,
		func() error { return m.setMemory(need) },
		func() error { return m.setMounts(need) },
		func() error { return m.setDirectories(need) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if o.Boot.Sources.ResolveEnv {
		m.note("what variables refer to (--resolve-env) is not known here: add it to the policy of the task role, as tsboot iam-policy prints it")
	}
	if need.privileged {
		m.note("the vendor wants a privileged container, and this is none: docs/agents/" + d.Profile.Name + ".md says what to add")
	}
	return m, nil
}

func (m *model) note(text string) { m.notes = append(m.notes, text) }

// notePlaceholders says what is to be replaced, where the text has it.
func (m *model) notePlaceholders(text []byte) {
	if m.options.Boot.Sources.Region == "" && bytes.Contains(text, []byte(ssm.PlaceholderRegion)) {
		m.note("region not known: replace " + ssm.PlaceholderRegion + ", or give --region")
	}
	if m.options.Account == "" && bytes.Contains(text, []byte(ssm.PlaceholderAccount)) {
		m.note("account not known: replace " + ssm.PlaceholderAccount + ", or give --account")
	}
}

// setMemory takes --memory as far as the kind can reserve so much; 0 is what the agent needs.
func (m *model) setMemory(need need) error {
	const leastMemory = 6 // of a container engine
	given, most := m.options.Memory, cmp.Or(m.kind.mostMemory, math.MaxInt32)
	switch {
	case given != 0 && given < leastMemory:
		return m.options.Boot.Given.Wrongf("memory", " %d: want at least %d, or 0 for what the agent needs", given, leastMemory)
	case given > most:
		return m.options.Boot.Given.Wrongf("memory", " %d: %s has at most %d MiB", given, m.kind.name, most)
	}
	m.memory = cmp.Or(given, need.memory)
	return nil
}

// grace is the agent's, and what gave it.
func (m *model) grace() (time.Duration, string) {
	given := m.options.Boot.Given
	if run := m.profile.Run.Grace; run != nil && !given.Has("grace") {
		return *run, "run.grace of the profile " + m.profile.Name
	}
	return m.options.Boot.Stop.Grace, given.Name("grace")
}

// setTimes sets stop timeout, start period and the timeout of the health check.
func (m *model) setTimes() error {
	grace, from := m.grace()
	m.stop = max(leastStop, seconds(grace)+stopMargin)
	if most := m.kind.longestStop; most > 0 {
		if grace >= time.Duration(most)*time.Second {
			return boot.Usagef("%s %s: ECS waits at most %d s between stop signal and SIGKILL (stopTimeout %d), and the grace must be below that", from, grace, most, most)
		}
		m.stop = min(m.stop, most)
	}
	splay := m.options.Boot.Sources.Splay
	m.start = max(leastStart, seconds(splay+m.options.Boot.Sources.Timeout))
	if m.options.Boot.Sources.Timeout == 0 { // it never gives up: an hour of outage is no fault of the agent
		m.start = seconds(splay + time.Hour)
	}
	if most := m.kind.longestStart; most > 0 {
		if splay > time.Duration(most)*time.Second {
			return m.options.Boot.Given.Wrongf("splay", " %s: ECS waits at most %d s (startPeriod) before a failed health check ends the task", splay, most)
		}
		m.start = min(m.start, most)
	}
	m.healthTimeout = 10
	if h := m.profile.Health; h != nil {
		m.healthTimeout = min(seconds(h.Timeout)+5, 60)
	}
	return nil
}

// seconds rounds up.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// health is the health check's command; none where there is no control socket to ask.
func (m *model) health(more ...string) []string {
	if m.runDir == "" {
		return nil
	}
	command := append([]string{"/tsboot", "health"}, more...)
	if m.options.Boot.Given.Has("run-dir") {
		command = append(command, "--run-dir", m.runDir)
	}
	return command
}

// setCapabilities takes those of the profile, and those that tsboot itself needs to become another user.
func (m *model) setCapabilities() error {
	wanted := slices.Clone(m.profile.Capabilities)
	if m.options.User != "" {
		wanted = append(wanted, "CHOWN", "KILL", "SETGID", "SETUID")
	}
	if slices.ContainsFunc(m.profile.Files, func(f profile.File) bool { return f.Owner.Text != "" }) {
		wanted = append(wanted, "CHOWN")
	}
	slices.Sort(wanted)
	for _, name := range slices.Compact(wanted) {
		if m.kind.canAdd(name) {
			m.capabilities = append(m.capabilities, name)
		} else {
			m.note("the kind " + m.kind.name + " cannot add the capability " + name + ": it is left out")
		}
	}
	if m.kind.noHost != "" && slices.Contains(wanted, "AUDIT_CONTROL") {
		m.note("the agent reads the host's audit, which a task does not get there: it cannot do that work")
	}
	return nil
}

// secretNames are the parameters that the profile declares secret.
func (m *model) secretNames() []string {
	var names []string
	for _, d := range m.profile.Parameters {
		if d.Secret {
			names = append(names, d.Name)
		}
	}
	return names
}

// taskRole is the ARN of a role of this deployment.
func (m *model) roleARN(what string) string {
	return "arn:" + ssm.PartitionOf(m.region) + ":iam::" + m.account + ":role/" + m.roleName(what)
}

func (m *model) roleName(what string) string { return m.name + "-" + what }

func (m *model) logGroup() string { return path.Join("/ecs", m.name) }
