package kernel

// Mode is how records are received.
type Mode string

// The modes of --audit-mode.
const (
	Multicast Mode = "multicast" // beside the audit daemon
	Unicast   Mode = "unicast"   // in its place
)

// Options say how to open the socket.
type Options struct {
	Mode   Mode
	Buffer int // bytes that wait in the kernel until they are read
	// Held is what Take gave. It comes to know what Open itself causes, for Own, and Alive asks for its rules. May be nil.
	Held *Held
}

// Plan says what the kernel is to record.
type Plan struct {
	Rules    bool     // false: nothing is changed
	UIDs     []uint32 // only of these users; none: of all
	HostRoot string   // where the host's files are, whose changes are recorded
	Sockets  []string // sockets of container runtimes beside the usual; connections to them are recorded
	Self     int      // the pid that records have for this process; 0: not known
	RunDir   string   // where is noted what was changed, for the next start; empty: nowhere
}
