package pipeline

import "github.com/tsboot/tsboot/watch/audit"

// pidsOf gives the process that a record is about, and its parent; 0: the record does not say. Only records that come first
// in their event are looked at. In them the kernel writes both before every text that a user can choose.
func pidsOf(r audit.Record) (pid, ppid int, ok bool) {
	switch r.Type {
	case audit.TypeSyscall, audit.TypeUringOp, audit.TypeSeccomp, audit.TypeLogin, audit.TypeTTY, audit.TypeAnomAbend:
	default:
		if !r.Type.IsUser() {
			return 0, 0, false
		}
	}
	parent, _ := r.Int("ppid")
	own, _ := r.Int("pid")
	return int(own), int(parent), own > 0
}
