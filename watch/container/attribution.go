package container

import "time"

// Method is how a process was attributed.
type Method string

const (
	MethodCgroup  Method = "cgroup"  // its own cgroups hold the id
	MethodParent  Method = "parent"  // it was gone, or is about to be: its parent's container
	MethodRuntime Method = "runtime" // it is, or descends from, a process that a runtime has started in a container
	MethodTop     Method = "top"     // the runtime listed it among a container's processes
	MethodHost    Method = "host"    // it is the host's, or it was gone and its parent is there, on the host
	MethodNone    Method = "none"    // it is not known, and Reason says why
)

// Methods are all of them.
func Methods() []Method {
	return []Method{MethodCgroup, MethodParent, MethodRuntime, MethodTop, MethodHost, MethodNone}
}

// Reason says why a process could not be attributed.
type Reason string

const (
	ReasonGone      Reason = "process-gone" // it had ended before its cgroups could be read, its parent too
	ReasonExiting   Reason = "exiting"      // its cgroups no longer say where it was (cgroup v1)
	ReasonNoRuntime Reason = "no-runtime"   // no runtime could be asked
	ReasonReplayed  Reason = "replayed"     // the record is not of this machine's present
	// ReasonRuntime: it had ended, and a runtime had started it, which starts programs in containers and on the host.
	ReasonRuntime Reason = "started-by-runtime"
	// ReasonHidden: it shares the cgroup namespace of tswatch, which does not say where it is itself.
	ReasonHidden Reason = "cgroup-namespace"
	// ReasonPIDs: the /proc is of the pid namespace of tswatch's container, whose pids are other processes.
	ReasonPIDs Reason = "pid-namespace"
)

// Attribution is where a process was.
type Attribution struct {
	Method    Method
	Reason    Reason        // of MethodNone
	Container *Container    // nil with MethodHost and MethodNone
	VPID      int           // in the innermost pid namespace; 0: it could not be read
	At        time.Time     // when the event was, with the reading of the monotonic clock
	Latency   time.Duration // from the record's arrival to the answer
	parent    int           // it is where this process is; 0: it was read of the process itself, or is not known
}

// Container is one container, as far as it is known. It is shared and never changes once it is handed out.
type Container struct {
	ID       string // of the innermost container
	ParentID string // of the container around it, where containers nest
	Runtime  string // docker, containerd, cri-o, podman, ecs, ...: empty where the path does not say
	Name     string
	Image    Image
	// Labels are the runtime's, of which Orchestrator is made.
	Labels map[string]string
	// Missing says why name and image are not known; empty where they are.
	Missing string
}

// Image is the image of a container: as its user wrote it, and by content.
type Image struct {
	Name   string   // without tag and digest
	Tag    string   // empty where none was given
	Hashes []string // digest of the configuration and of the repositories: sha256:...
}
