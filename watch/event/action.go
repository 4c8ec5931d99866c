package event

import (
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

// Actions of events (event.action). Every other syscall is called by its own name, and a record of another kind by its
// type.
const (
	ActionExecuted         = "executed"
	ActionConnected        = "connected-to"
	ActionChangedNamespace = "changed-namespace"
	ActionMounted          = "mounted"
	ActionLoadedModule     = "loaded-module"
	ActionTraced           = "traced"
	ActionChangedAudit     = "changed-audit-configuration"
)

// Outcomes of events (event.outcome).
const (
	OutcomeSuccess = "success"
	OutcomeFailure = "failure"
)

// inProgress is the exit of a connect that does not block and is under way: -EINPROGRESS. Nearly every connection of a
// modern program has it, and audit calls it a failure.
const inProgress = -115

// actionOf is the action of a syscall. first is its first argument.
func actionOf(syscall string, first uint64) string {
	switch syscall {
	case "execve", "execveat":
		return ActionExecuted
	case "connect":
		return ActionConnected
	case "socketcall": // all of sockets in one call, on 32-bit x86; 3 is connect
		if first == 3 {
			return ActionConnected
		}
	case "setns", "unshare":
		return ActionChangedNamespace
	case "mount", "move_mount":
		return ActionMounted
	case "init_module", "finit_module":
		return ActionLoadedModule
	case "ptrace":
		return ActionTraced
	}
	return syscall
}

// ringName is the syscall that an operation of io_uring stands for, where it has one. Without it a program would connect
// or open unseen.
func ringName(operation int64) string {
	switch operation {
	case 9:
		return "sendmsg"
	case 13:
		return "accept"
	case 16:
		return "connect"
	case 18:
		return "openat"
	case 28:
		return "openat2"
	case 35:
		return "renameat"
	case 36:
		return "unlinkat"
	case 37:
		return "mkdirat"
	case 38:
		return "symlinkat"
	case 39:
		return "linkat"
	}
	return ""
}

// saysMore is whether a record of type t says more of an event than its syscall does: a login is a write to a file of
// /proc, and a change of the audit configuration a message to a socket.
func saysMore(t audit.Type) bool {
	switch t {
	case audit.TypeConfigChange, typeFeatureChange, audit.TypeLogin, audit.TypeSeccomp, audit.TypeEventListener:
		return true
	}
	return t.IsUser() || isAnomaly(t)
}

// typeFeatureChange is the type of a change of audit's features, such as a login id that can no longer be changed.
const typeFeatureChange audit.Type = 1328

// isAnomaly is whether t is one of ANOM_* or RESP_*: an anomaly, or the answer to one.
func isAnomaly(t audit.Type) bool { return t >= 1700 && t < 1800 || t >= 2100 && t < 2300 }

// ofType is the type of a record as an action: USER_LOGIN is user-login.
func ofType(r *audit.Record) string {
	if r.Type == audit.TypeConfigChange || r.Type == typeFeatureChange {
		return ActionChangedAudit
	}
	return strings.ReplaceAll(strings.ToLower(r.TypeName()), "_", "-")
}

// act says what the event is.
func (b *builder) act() {
	info := &b.event.Event
	action := b.action()
	info.Action = action
	if action == ActionConnected && b.exited && b.exit == inProgress {
		info.Outcome = OutcomeSuccess
	} else if b.exit < 0 && info.Outcome == OutcomeFailure {
		if code := audit.ErrnoName(int(-b.exit)); code != "" {
			b.parts.fault.Code = code
			b.event.Error = &b.parts.fault
		}
	}
	class, ok := classes[action]
	if !ok {
		class = b.fallback()
	}
	info.Category, info.Type = class.category, class.kind
}

// action is what the event says was done.
func (b *builder) action() string {
	switch {
	case b.syscall != "" && !saysMore(b.leader):
		b.event.Syscall = true
		return actionOf(b.syscall, b.first)
	case b.leader != 0:
		return b.named
	case b.followed:
		return "updated-rules"
	case len(b.records.Records) > 0: // its first records are lost
		return ofType(&b.records.Records[0])
	}
	return "unknown"
}
