package audit

import (
	"errors"
	"time"
)

// headerSize is that of struct nlmsghdr, which stands before the payload of a datagram.
const headerSize = 16

// Reasons why a datagram is no record.
var (
	ErrForeign   = errors.New("the datagram is not from the kernel")
	ErrNoRecord  = errors.New("the datagram is for the audit daemon, or an answer")
	ErrMalformed = errors.New("the datagram is cut, or has no type")
)

// Datagram is one message of the netlink socket, as it came.
type Datagram struct {
	Arrived time.Time
	Type    Type
	Port    uint32 // of the sender; 0: the kernel
	// Length is what the header says: the kernel counts the header in, except in what it sends to an audit daemon.
	Length  uint32
	Payload []byte // all that came after the header
}

// Record reads the record. It keeps nothing of the payload.
func (d Datagram) Record() (Record, error) {
	switch {
	case d.Port != 0:
		return Record{}, ErrForeign
	case d.Type == 0 || uint64(d.Length) > uint64(len(d.Payload))+headerSize: // the rest was cut off
		return Record{}, ErrMalformed
	case !d.Type.isRecord():
		return Record{}, ErrNoRecord
	}
	return ParseMessage(d.Type, d.Payload)
}
