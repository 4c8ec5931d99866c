package container

// table is the shadow process table: what is known of processes, for those that end before they can be read. It is fed by
// the events, and bounded: what was not seen for the longest time goes first.
type table struct {
	slots []entry         // the first holds the ends of the list: newer is the oldest entry's, older the newest one's
	byPID map[int32]int32 // to the slot
	limit int
}

// entry is one process. Pid and start are its identity.
type entry struct {
	pid, ppid    int32
	older, newer int32
	start        int64 // ticks after the boot; the time of an event where that was not read
	seen         int64 // when it was alive for certain
	read         int64 // when /proc was asked; 0: never
	method       Method
	container    *Container // nil: of the host
	role         role
	learnt       bool // the role is that of a runtime by what the process has started, whatever its name
}

func newTable(limit int) *table {
	return &table{slots: make([]entry, 1, 64), byPID: make(map[int32]int32), limit: limit}
}

// get is the latest process that had the pid.
func (t *table) get(pid int) (*entry, bool) {
	slot, ok := t.byPID[int32(pid)]
	if !ok {
		return nil, false
	}
	return &t.slots[slot], true
}

// put keeps what is known of a process. It replaces what was known of the pid.
func (t *table) put(e entry) {
	slot, ok := t.byPID[e.pid]
	switch {
	case ok:
		t.unlink(slot)
	case len(t.byPID) >= t.limit:
		slot = t.slots[0].newer
		delete(t.byPID, t.slots[slot].pid)
		t.unlink(slot)
	default:
		slot = int32(len(t.slots))
		t.slots = append(t.slots, entry{})
	}
	t.slots[slot] = e
	t.byPID[e.pid] = slot
	t.link(slot)
}

// touch notes that the process was alive.
func (t *table) touch(pid int, seen int64) {
	slot, ok := t.byPID[int32(pid)]
	if !ok {
		return
	}
	t.slots[slot].seen = max(t.slots[slot].seen, seen)
	t.unlink(slot)
	t.link(slot)
}

// link makes the slot the newest.
func (t *table) link(slot int32) {
	newest := t.slots[0].older
	t.slots[slot].older, t.slots[slot].newer = newest, 0
	t.slots[newest].newer = slot
	t.slots[0].older = slot
}

func (t *table) unlink(slot int32) {
	e := &t.slots[slot]
	t.slots[e.older].newer = e.newer
	t.slots[e.newer].older = e.older
}
