package detect

import (
	"maps"
	"sync"
	"time"

	"cel.dev/cel-go/common/types"
	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/watch/event"
)

// Options say which rules judge.
type Options struct {
	Sets []string // names of rule sets; others do not judge
	Dirs []string // of rule files, *.yaml; all are read and checked, whatever their set
	Log  hclog.Logger
}

// Rules judge events. Methods may be called at the same time; which of them come first decides what is held back.
type Rules struct {
	rules []*rule
	log   hclog.Logger

	mu     sync.Mutex
	event  *activation
	seen   map[sight][]*rule // see candidates
	failed map[string]uint64
	held   *windows

	lastFailure error
}

// Load reads the rules. An *Error is a fault of rule files or of the names of sets; any other error is about a file or
// directory that cannot be read.
func Load(o Options) (*Rules, error) {
	l, err := newLibrary()
	if err != nil {
		return nil, err
	}
	if err := l.addDirs(o.Dirs); err != nil {
		return nil, err
	}
	sets := trimmed(o.Sets)
	if err := l.compile(sets...); err != nil {
		return nil, err
	}
	chosen, err := l.choose(sets)
	if err != nil {
		return nil, err
	}
	return newRules(chosen, l.compiler.shape, o.Log), nil
}

func newRules(chosen []*rule, s *shape, log hclog.Logger) *Rules {
	if log == nil {
		log = hclog.NewNullLogger()
	}
	return &Rules{rules: chosen, log: log, event: newActivation(s), seen: make(map[sight][]*rule), failed: make(map[string]uint64), held: newWindows()}
}

// Judge gives the alerts that follow from an event: first those that windows had held back and that have ended by its time,
// then its own, in the order of the rules. It does not change the event, and keeps it.
func (r *Rules) Judge(e *event.Event) []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	alerts := r.held.expire(e.Timestamp, nil)
	r.event.reset(e)
	for _, rule := range r.candidates(&r.event.sight) {
		if r.matches(rule) {
			alerts = r.held.put(rule, rule.alert(r.event), alerts)
		}
	}
	return alerts
}

// matches is whether a rule matches the event and nothing suppresses it.
func (r *Rules) matches(rule *rule) bool {
	if !r.holds(rule, &rule.when) {
		return false
	}
	for i := range rule.suppress {
		if r.holds(rule, &rule.suppress[i]) {
			return false
		}
	}
	return true
}

// holds is whether an expression is true. One that fails is not, and is counted.
func (r *Rules) holds(rule *rule, e *expression) bool {
	if answer := e.shortcut(&r.event.sight); answer != maybe {
		return answer == yes
	}
	program := e.limited
	if r.event.within() {
		program = e.plain
	}
	v, _, err := program.Eval(r.event)
	if err == nil {
		return v == types.True
	}
	r.lastFailure = err
	if r.failed[rule.id]++; r.failed[rule.id] == 1 {
		r.log.Warn("a rule failed; it is counted, and judges the next event again", "rule", rule.id, "error", err)
	}
	return false
}

// alert is the event as an alert of the rule.
func (r *rule) alert(a *activation) *event.Event {
	about := event.Rule{ID: r.id, Name: r.name, Ruleset: r.set, Description: r.description}
	return a.event.Alert(about, r.severity, r.techniques, r.message.render(a))
}

// Expire gives what windows held back that have ended by now, for times without events.
func (r *Rules) Expire(now time.Time) []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held.expire(now, nil)
}

// Next is when Expire has something to give, if no event comes until then; false: it has nothing.
func (r *Rules) Next() (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held.next()
}

// Flush ends all windows, at a stop or at the end of a replay.
func (r *Rules) Flush() []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held.flush(nil)
}

// Failed says how often each rule failed at run time, by id; those that never did are not in it.
func (r *Rules) Failed() map[string]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.failed)
}
