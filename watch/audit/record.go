package audit

import "time"

// Type is the type of a record, by the kernel's number (include/uapi/linux/audit.h).
type Type uint16

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
	// Complete is whether its end was seen: the record EOE, or a type that is an event by itself.
	Complete bool
}
