//go:build !linux

package kernel

import "github.com/tsboot/tsboot/watch/audit"

// Socket is where records come from.
type Socket struct{}

// Open gives ErrUnsupported.
func Open(Options) (*Socket, error) {
	return nil, &Refused{Doing: "join the audit log", Reason: ErrUnsupported}
}

// Receive gives ErrUnsupported.
func (s *Socket) Receive() (audit.Record, error) { return audit.Record{}, ErrUnsupported }

// Datagram gives ErrUnsupported.
func (s *Socket) Datagram() (audit.Datagram, error) { return audit.Datagram{}, ErrUnsupported }

// Overruns gives zero.
func (s *Socket) Overruns() uint64 { return 0 }

// Notes gives nothing.
func (s *Socket) Notes() []string { return nil }

// Alive gives ErrUnsupported.
func (s *Socket) Alive() error { return ErrUnsupported }

// Drain does nothing.
func (s *Socket) Drain() {}

// Close does nothing.
func (s *Socket) Close() error { return nil }

// Held is what was changed.
type Held struct{}

// Take gives ErrUnsupported.
func Take(Plan) (*Held, error) {
	return nil, &Refused{Doing: "add audit rules", Reason: ErrUnsupported}
}

// Notes gives nothing.
func (h *Held) Notes() []string { return nil }

// Own gives false.
func (h *Held) Own(*audit.Event) bool { return false }

// Lost gives ErrUnsupported.
func (h *Held) Lost() (uint64, error) { return 0, ErrUnsupported }

// Release does nothing.
func (h *Held) Release() error { return nil }
