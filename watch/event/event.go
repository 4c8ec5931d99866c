package event

import "time"

// Event is one line of the output, in the names of the Elastic Common Schema 9.0
// (https://www.elastic.co/docs/reference/ecs). What is not known is absent. destination.path, container.parent and all
// below tswatch are tswatch's own names.
type Event struct {
	Timestamp    time.Time     `json:"@timestamp"` // UTC, to the millisecond
	ECS          ECS           `json:"ecs"`
	Event        Info          `json:"event"`
	Message      string        `json:"message,omitempty"` // of an alert: one sentence
	Host         Host          `json:"host"`
	Process      *Process      `json:"process,omitempty"`
	User         *User         `json:"user,omitempty"`
	Container    *Container    `json:"container,omitempty"` // nil: of the host, or not known
	Source       *Source       `json:"source,omitempty"`
	Destination  *Destination  `json:"destination,omitempty"`
	Network      *Network      `json:"network,omitempty"`
	File         *File         `json:"file,omitempty"`
	Error        *Error        `json:"error,omitempty"` // why the syscall failed
	Tags         []string      `json:"tags,omitempty"`  // the audit keys
	Orchestrator *Orchestrator `json:"orchestrator,omitempty"`
	AWS          *AWS          `json:"aws,omitempty"`
	Rule         *Rule         `json:"rule,omitempty"` // of an alert
	Threat       *Threat       `json:"threat,omitempty"`
	Tswatch      Own           `json:"tswatch"`
	// Syscall is whether a system call did it, and no other record says more. Only OCSF asks.
	Syscall bool `json:"-"`
}

// Kinds of events (event.kind).
const (
	KindEvent  = "event"
	KindAlert  = "alert"
	KindMetric = "metric" // what was lost
)

// ECS names the schema.
type ECS struct {
	Version string `json:"version"`
}

// Info is what kind of event it is.
type Info struct {
	Kind     string   `json:"kind"`
	Category []string `json:"category,omitempty"`
	Type     []string `json:"type,omitempty"`
	Action   string   `json:"action"`
	Outcome  string   `json:"outcome,omitempty"`  // success or failure, where the record says
	Severity int      `json:"severity,omitempty"` // of an alert: 1 is high, 3 low
	Sequence uint32   `json:"sequence,omitempty"` // the serial
	Dataset  string   `json:"dataset"`
}

// Host is the machine.
type Host struct {
	Hostname string `json:"hostname"`
}

// Process is the process that did it. A failed exec has the name of the program that was to be run.
type Process struct {
	PID              int      `json:"pid"`            // of the host
	VPID             int      `json:"vpid,omitempty"` // of the innermost pid namespace
	Parent           *Parent  `json:"parent,omitempty"`
	Executable       string   `json:"executable,omitempty"`
	Name             string   `json:"name,omitempty"`
	Args             []string `json:"args,omitempty"`
	ArgsCount        int      `json:"args_count,omitempty"`
	CommandLine      string   `json:"command_line,omitempty"` // quoted as a shell needs it
	WorkingDirectory string   `json:"working_directory,omitempty"`
}

// Parent is the parent of a process.
type Parent struct {
	PID int `json:"pid"`
}

// ID is one numeric identity, as text.
type ID struct {
	ID string `json:"id"`
}

// User is the user of the process. Audit is the one who logged in (auid); nil where that is unset.
type User struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"` // of a user-space record: the account it is about
	Effective *ID    `json:"effective,omitempty"`
	Audit     *ID    `json:"audit,omitempty"`
}

// Container is the container of the process.
type Container struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Runtime string `json:"runtime,omitempty"`
	Image   *Image `json:"image,omitempty"`
	Parent  *ID    `json:"parent,omitempty"` // the container around it
}

// Image is the image of the container.
type Image struct {
	Name string   `json:"name,omitempty"`
	Tag  []string `json:"tag,omitempty"`
	Hash *Hash    `json:"hash,omitempty"`
}

// Hash holds the digests of an image.
type Hash struct {
	All []string `json:"all"`
}

// Source is where a peer, or who logged in, came from.
type Source struct {
	IP   string `json:"ip,omitempty"`
	Port int    `json:"port,omitempty"`
}

// Destination is what a process connected to.
type Destination struct {
	IP   string `json:"ip,omitempty"`
	Port int    `json:"port,omitempty"`
	Path string `json:"path,omitempty"` // of a unix socket; an abstract one begins with @
}

// Network is the kind of a connection.
type Network struct {
	Type      string `json:"type,omitempty"`      // ipv4, ipv6
	Transport string `json:"transport,omitempty"` // tcp, udp, where known
}

// File is the file that was used.
type File struct {
	Path string `json:"path"`
}

// Error is why a syscall failed.
type Error struct {
	Code string `json:"code"` // ENOENT
}

// Orchestrator is who started the container, where the labels of the runtime say so.
type Orchestrator struct {
	Type      string                `json:"type,omitempty"`
	Namespace string                `json:"namespace,omitempty"`
	Cluster   *OrchestratorCluster  `json:"cluster,omitempty"`
	Resource  *OrchestratorResource `json:"resource,omitempty"`
}

// OrchestratorCluster is the cluster.
type OrchestratorCluster struct {
	Name string `json:"name"`
}

// OrchestratorResource is the pod or task.
type OrchestratorResource struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	ID   string `json:"id,omitempty"`
}

// AWS is what ECS says of a container.
type AWS struct {
	ECS AWSECS `json:"ecs"`
}

// AWSECS is ECS, the service.
type AWSECS struct {
	Task AWSTask `json:"task"`
}

// AWSTask is the task of a container.
type AWSTask struct {
	ARN string `json:"arn"`
}

// Rule is the rule that matched.
type Rule struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Ruleset     string `json:"ruleset"`
	Description string `json:"description,omitempty"`
}

// Threat is what the rule looks for (MITRE ATT&CK).
type Threat struct {
	Technique Technique `json:"technique"`
}

// Technique lists techniques by id.
type Technique struct {
	ID []string `json:"id"`
}

// Own is what the schema has no name for.
type Own struct {
	Attribution *Attribution `json:"attribution,omitempty"` // of an event and an alert
	TTY         string       `json:"tty,omitempty"`
	Module      string       `json:"module,omitempty"`    // the kernel module that was loaded or taken away
	Truncated   bool         `json:"truncated,omitempty"` // the end of the arguments is not known
	Lossy       bool         `json:"lossy,omitempty"`     // bytes that are not UTF-8 were replaced
	Repeated    int          `json:"repeated,omitempty"`  // identical alerts that were held back
	Lost        *Lost        `json:"lost,omitempty"`      // of a metric
}

// Attribution is how the container was found.
type Attribution struct {
	Method    string `json:"method"`
	Reason    string `json:"reason,omitempty"`
	LatencyUS int64  `json:"latency_us"`
}

// Lost is what was lost, and where.
type Lost struct {
	Records uint64 `json:"records"`
	Serials uint64 `json:"serials"`
	Where   string `json:"where"` // kernel, socket, queue, spool
}
