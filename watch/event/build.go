package event

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tsboot/tsboot/watch/audit"
	"github.com/tsboot/tsboot/watch/container"
)

const (
	// schemaVersion is the version of ECS whose names are used.
	schemaVersion = "9.0.0"
	dataset       = "tswatch.audit"
)

// New makes the event of audit records. host is the name of the machine, for records that do not say from which they are.
func New(e audit.Event, a container.Attribution, host string) *Event {
	b := builder{records: e, parts: &parts{}, fields: fieldsPool.Get().(*audit.Fields)}
	defer fieldsPool.Put(b.fields)
	b.event = &b.parts.event
	b.event.Timestamp = e.Time
	b.event.ECS.Version = schemaVersion
	b.event.Event = Info{Kind: KindEvent, Sequence: e.Serial, Dataset: dataset}
	b.event.Host.Hostname = host
	if e.Node != "" {
		b.event.Host.Hostname = b.valid(e.Node)
	}
	for i := range e.Records {
		b.read(&e.Records[i])
	}
	b.act()
	b.describeProcess()
	b.describeFile()
	b.connect()
	b.attribute(&a)
	b.event.Tswatch.Lossy = b.lossy
	return b.event
}

// parts are an event and what it may point to, in one piece of memory.
type parts struct {
	event       Event
	process     Process
	parent      Parent
	user        User
	effective   ID
	audit       ID
	fault       Error
	destination Destination
	source      Source
	network     Network
	file        File
	attribution Attribution
	container   Container
	image       Image
	tag         [1]string
	hash        Hash
	outer       ID
}

// fieldsPool keeps the memory of fields between events.
var fieldsPool = sync.Pool{New: func() any { return new(audit.Fields) }}

// builder makes one event.
type builder struct {
	records audit.Event
	event   *Event
	parts   *parts
	fields  *audit.Fields // of the record that is being read

	leader audit.Type // of the record that says what the event is; 0: none yet
	named  string     // that record's type as an action
	// followed is whether a rule on a file went over to the file that has its name now. Nobody changed the rule: the kernel
	// says so of every rename onto a file that is watched.
	followed bool
	verdict  verdict // of a security module
	syscall  string  // its name; empty: there was none
	first    uint64  // its first argument
	exit     int64
	exited   bool

	comm, exe, cwd string
	title          string
	command        string // of a program's record: what it runs for its user
	target         string // the first PATH item: of an exec, what was to be run
	file           string // the last PATH item that is no PARENT
	item           int64  // its number
	nametype       string // of file
	elsewhere      bool   // file does not go from cwd
	writes         bool   // file was opened for writing
	saddr          string
	lossy          bool
}

// text is a field decoded and as UTF-8.
func (b *builder) text(name string) (string, bool) {
	s, ok := b.fields.Text(name)
	return b.valid(s), ok
}

// valid is s as UTF-8, and keeps in mind if it was not.
func (b *builder) valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	b.lossy = true
	return valid(s)
}

// valid is s with U+FFFD for each byte that is not UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s { // of such a byte, range makes U+FFFD
		b.WriteRune(r)
	}
	return b.String()
}
