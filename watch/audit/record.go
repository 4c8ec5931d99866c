package audit

import "time"

// Record is one record: a line of auditd's log, or one message of the netlink socket.
type Record struct {
	Type   Type
	Time   time.Time // of the event, to the millisecond
	Serial uint32    // of the event; it wraps
	Node   string    // of the line's "node=", else empty
	Data   string    // what follows "audit(TIME:SERIAL): ", as the kernel wrote it
}

// Event is the records that have one time, serial and node, in the order in which they came.
type Event struct {
	Time    time.Time
	Serial  uint32
	Node    string
	Records []Record
	// Complete is whether its end was seen: the record EOE or PROCTITLE, or a type that is an event by itself.
	Complete bool
	// Tag is what the caller gave to Assembler.Add with the first record that had one.
	Tag any
}
