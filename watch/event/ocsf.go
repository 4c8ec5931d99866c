package event

// OCSF's numbers (https://schema.ocsf.io/1.8.0). A class's category is its first digit; a type is its class and activity.
const (
	ocsfVersion = "1.8.0"

	ocsfBase            = 0
	ocsfFile            = 1001
	ocsfKernelExtension = 1002
	ocsfKernel          = 1003
	ocsfProcess         = 1007
	ocsfEventLog        = 1008
	ocsfDetection       = 2004
	ocsfAuthentication  = 3002
	ocsfNetwork         = 4001

	ocsfOther = 99 // an activity that the class has no number for
)

// ocsfClass is which class an event has, and which of the class's activities it was.
type ocsfClass struct{ class, activity int64 }

// ocsfNames are the names of the classes.
var ocsfNames = map[int64]string{
	ocsfBase:            "Base Event",
	ocsfFile:            "File System Activity",
	ocsfKernelExtension: "Kernel Extension Activity",
	ocsfKernel:          "Kernel Activity",
	ocsfProcess:         "Process Activity",
	ocsfEventLog:        "Event Log Activity",
	ocsfDetection:       "Detection Finding",
	ocsfAuthentication:  "Authentication",
	ocsfNetwork:         "Network Activity",
}

// classify says which class e has. What a class asks for must be there; else it is the next more general one.
func classify(e *Event) ocsfClass {
	switch {
	case e.Event.Kind == KindAlert && e.Rule != nil:
		if e.Tswatch.Repeated > 0 {
			return ocsfClass{ocsfDetection, 2} // update
		}
		return ocsfClass{ocsfDetection, 1} // create
	case e.Event.Kind == KindMetric:
		return ocsfClass{ocsfBase, ocsfOther}
	case e.Event.Action == ActionChangedAudit:
		return ocsfClass{ocsfEventLog, ocsfOther}
	}
	if c, ok := classifyLogin(e); ok {
		return c
	}
	if e.Process == nil {
		return ocsfClass{ocsfBase, ocsfOther}
	}
	return classifyProcess(e)
}

// classifyLogin is for logins, whose user must be known.
func classifyLogin(e *Event) (ocsfClass, bool) {
	if !e.User.known() {
		return ocsfClass{}, false
	}
	switch e.Event.Action {
	case "login", "user-auth", "user-login":
		return ocsfClass{ocsfAuthentication, 1}, true // logon
	case "user-logout":
		return ocsfClass{ocsfAuthentication, 2}, true // logoff
	}
	return ocsfClass{}, false
}

// classifyProcess is for what a process did.
func classifyProcess(e *Event) ocsfClass {
	switch {
	case e.Event.Action == ActionExecuted:
		return ocsfClass{ocsfProcess, 1} // launch
	case e.Event.Action == ActionConnected && e.Destination != nil:
		return ocsfClass{ocsfNetwork, connectActivity(e)}
	case e.Event.Action == ActionLoadedModule && e.Tswatch.Module != "":
		return ocsfClass{ocsfKernelExtension, 1} // load
	case e.Event.Action == "delete_module" && e.Tswatch.Module != "":
		return ocsfClass{ocsfKernelExtension, 2} // unload
	case e.File != nil:
		return ocsfClass{ocsfFile, fileActivity(e)}
	case e.Syscall:
		return ocsfClass{ocsfKernel, 4} // invoke
	}
	return ocsfClass{ocsfBase, ocsfOther}
}

func connectActivity(e *Event) int64 {
	switch {
	case e.Event.Outcome != OutcomeFailure:
		return 1 // open
	case e.Error != nil && e.Error.Code == "ECONNREFUSED":
		return 5 // refuse
	}
	return 4 // fail
}

func fileActivity(e *Event) int64 {
	switch e.Event.Action {
	case ActionMounted:
		return 12
	case "umount2", "umount":
		return 13
	case "rename", "renameat", "renameat2":
		return 5
	case "truncate", "ftruncate":
		return 3 // update
	case "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "lchown":
		return 7 // set security
	case "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr":
		return 6 // set attributes
	case "open", "openat", "openat2":
		if len(e.Event.Type) > 0 && e.Event.Type[0] == "creation" {
			return 1
		}
		return 14
	}
	for _, t := range e.Event.Type {
		switch t {
		case "creation":
			return 1
		case "deletion":
			return 4
		}
	}
	return ocsfOther
}

// ocsf writes e in the names of the Open Cybersecurity Schema Framework.
func (w *writer) ocsf(e *Event) {
	c := classify(e)
	w.start()
	w.number("activity_id", c.activity)
	if c.activity == ocsfOther {
		w.text("activity_name", e.Event.Action)
	}
	w.number("category_uid", c.class/1000)
	w.text("class_name", ocsfNames[c.class])
	w.number("class_uid", c.class)
	w.number("type_uid", c.class*100+c.activity)
	w.number("time", e.Timestamp.UnixMilli())
	w.number("severity_id", ocsfSeverity(e))
	w.ocsfStatus(e, c)
	w.text("message", e.summary())
	w.ocsfMetadata(e)
	w.open("device")
	w.text("hostname", e.Host.Hostname)
	w.number("type_id", 0)
	w.close()
	w.ocsfActor(e, c.class == ocsfProcess)
	w.ocsfObject(e, c.class)
	w.open("unmapped")
	w.orchestrator(e.Orchestrator)
	w.own(&e.Tswatch)
	w.close()
	w.close()
}

// ocsfSeverity is 4 high, 3 medium and 2 low for an alert's 1 to 3, medium for a loss, and else 1: for information.
func ocsfSeverity(e *Event) int64 {
	switch {
	case e.Event.Kind == KindAlert && e.Event.Severity >= 1 && e.Event.Severity <= 3:
		return int64(5 - e.Event.Severity)
	case e.Event.Kind == KindMetric:
		return 3
	}
	return 1
}

func (w *writer) ocsfStatus(e *Event, c ocsfClass) {
	switch {
	case c.class == ocsfDetection:
		w.number("status_id", 1) // new
	case e.Event.Outcome == OutcomeSuccess:
		w.number("status_id", 1)
	case e.Event.Outcome == OutcomeFailure:
		w.number("status_id", 2)
	}
	if e.Error != nil {
		w.text("status_code", e.Error.Code)
	}
}

func (w *writer) ocsfMetadata(e *Event) {
	w.open("metadata")
	w.text("event_code", e.Event.Action)
	w.b = append(w.b, `,"extensions":[{"name":"linux","uid":"1","version":"`+ocsfVersion+`"}]`...)
	w.list("labels", e.Tags)
	w.text("log_name", "audit")
	w.b = append(w.b, `,"product":{"name":"tswatch","vendor_name":"tsboot"},"profiles":["container","host","linux/linux_users"]`...)
	w.count("sequence", int64(e.Event.Sequence))
	w.text("version", ocsfVersion)
	w.close()
}
