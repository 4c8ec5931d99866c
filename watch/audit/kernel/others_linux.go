package kernel

import (
	"os"
	"path/filepath"
	"strings"
)

// otherOwner is the process of another tswatch that lives: the one that a rule with the key keeps out of the records. 0:
// there is none.
func otherOwner(there []rule) int {
	own := os.Getpid()
	for _, r := range there {
		pid, ok := r.value(fieldPID)
		if ok && r.action == actionNever && r.ours() && int(pid) != own && lives(pid) && nameOf(pid) == nameOf(uint32(own)) {
			return int(pid)
		}
	}
	return 0
}

// noteOthers notes which rules and settings of others keep records back, or make losing one dangerous.
func (h *Held) noteOthers(now State, there []rule) {
	var back []string
	for _, r := range there {
		if r.ours() {
			continue
		}
		switch {
		case r.list == listTask && r.action == actionNever:
			h.note("the rule %q of another program keeps all records of processes back that start while it is there: remove it (auditctl -d never,task)", r)
		case r.list == listExclude, r.list == listExit && r.action == actionNever:
			back = append(back, r.String())
		}
	}
	if len(back) > 0 {
		h.note("rules of others keep some records back: %s", strings.Join(back, "; "))
	}
	if now.Failure == panics {
		h.note("audit is set to panic when a record is lost (auditctl -f 2): a burst of events stops the machine; set auditctl -f 1")
	}
	if now.RateLimit != 0 {
		h.note("audit is limited to %d records a second (auditctl -r): what is above is lost", now.RateLimit)
	}
}

// noteHost notes that the host's files are not where the plan looks for them: no rule is made for any.
func (h *Held) noteHost() {
	if etc := filepath.Join(h.plan.HostRoot, "etc"); len(h.plan.there("/etc")) == 0 {
		h.note("changes of the host's files are not recorded: there is no %s: mount the host's root (-v /:/host:ro) and name it with --host-root", etc)
	}
}
