package event

import (
	"fmt"
	"strconv"
)

// ocsfActor writes who did it: of a launch the parent, else the process itself.
func (w *writer) ocsfActor(e *Event, launch bool) {
	process := e.Process
	if launch {
		process = nil
		if e.Process.Parent != nil {
			process = &Process{PID: e.Process.Parent.PID}
		}
	}
	if process == nil && !e.User.known() {
		if process = e.Process; process == nil {
			return
		}
	}
	w.open("actor")
	if process != nil {
		of := e
		if launch {
			of = &Event{}
		}
		w.ocsfProcess(of, process)
	}
	w.ocsfUser(e.User)
	w.close()
}

// ocsfObject writes what the class is about.
func (w *writer) ocsfObject(e *Event, class int64) {
	switch class {
	case ocsfProcess:
		w.ocsfProcess(e, e.Process)
		w.number("launch_type_id", 3) // exec
	case ocsfNetwork:
		w.ocsfConnection(e)
	case ocsfFile:
		w.ocsfFile("file", e.File.Path, ocsfAnyFile)
	case ocsfKernelExtension:
		w.open("driver")
		w.ocsfFile("file", e.Tswatch.Module, ocsfAnyFile)
		w.close()
	case ocsfKernel:
		w.open("kernel")
		w.text("name", e.Event.Action)
		w.number("type_id", 2) // a system call
		w.close()
	case ocsfEventLog:
		w.text("log_name", "audit")
	case ocsfAuthentication:
		w.ocsfUser(e.User)
		w.open("service")
		w.text("name", e.serviceName())
		w.close()
		if e.Source != nil && e.Source.IP != "" {
			w.open("src_endpoint")
			w.text("ip", e.Source.IP)
			w.close()
		}
	case ocsfDetection:
		w.ocsfFinding(e)
	}
}

// serviceName is the program that let somebody in.
func (e *Event) serviceName() string {
	if e.Process != nil && e.Process.Name != "" {
		return e.Process.Name
	}
	return "login"
}

func (w *writer) ocsfProcess(e *Event, p *Process) {
	w.open("process")
	w.some("cmd_line", p.CommandLine)
	w.ocsfContainer(e)
	if p.Executable != "" {
		w.ocsfFile("file", p.Executable, ocsfRegularFile)
	}
	w.some("name", p.Name)
	w.count("namespace_pid", int64(p.VPID))
	if p.Parent != nil {
		w.open("parent_process")
		w.number("pid", int64(p.Parent.PID))
		w.close()
	}
	w.number("pid", int64(p.PID))
	w.ocsfUser(e.User)
	if e.User != nil {
		w.userNumber("auid", e.User.Audit)
		w.userNumber("euid", e.User.Effective)
	}
	w.some("working_directory", p.WorkingDirectory)
	w.close()
}

// known is whether it is known who it is, not only who logged in.
func (u *User) known() bool { return u != nil && (u.ID != "" || u.Name != "") }

func (w *writer) ocsfUser(u *User) {
	if !u.known() {
		return
	}
	w.open("user")
	w.some("name", u.Name)
	w.some("uid", u.ID)
	w.close()
}

// Kinds of files.
const (
	ocsfAnyFile     = 0 // not known
	ocsfRegularFile = 1
)

func (w *writer) ocsfFile(name, path string, kind int64) {
	w.open(name)
	if w.text("name", base(path)); base(path) != path {
		w.text("path", path)
	}
	w.number("type_id", kind)
	w.close()
}

func (w *writer) ocsfContainer(e *Event) {
	c := e.Container
	if c == nil {
		return
	}
	w.open("container")
	if i := c.Image; i != nil {
		w.open("image")
		w.some("name", i.Name)
		if len(i.Tag) > 0 {
			w.text("tag", i.Tag[0])
		}
		w.text("uid", i.uid())
		w.close()
	}
	w.some("name", c.Name)
	if o := e.Orchestrator; o != nil {
		w.some("orchestrator", o.Type)
		if o.Type == "kubernetes" && o.Resource != nil {
			w.some("pod_uuid", o.Resource.ID)
		}
	}
	w.some("runtime", c.Runtime)
	w.text("uid", c.ID)
	w.close()
}

// uid is what names an image for good, as far as it is known.
func (i *Image) uid() string {
	if i.Hash != nil && len(i.Hash.All) > 0 {
		return i.Hash.All[0]
	}
	return i.Name
}

func (w *writer) ocsfConnection(e *Event) {
	d := e.Destination
	w.open("connection_info")
	w.number("direction_id", d.direction())
	if n := e.Network; n != nil {
		w.some("protocol_name", n.Transport)
		switch n.Type {
		case "ipv4":
			w.number("protocol_ver_id", 4)
		case "ipv6":
			w.number("protocol_ver_id", 6)
		}
	}
	w.close()
	w.open("dst_endpoint")
	w.some("ip", d.IP)
	w.some("name", d.Path)
	w.count("port", int64(d.Port))
	w.close()
}

// direction is 2, outbound, and 4, local, for a unix socket.
func (d *Destination) direction() int64 {
	if d.IP == "" {
		return 4
	}
	return 2
}

func (w *writer) ocsfFinding(e *Event) {
	w.open("finding_info")
	w.open("analytic")
	w.text("category", e.Rule.Ruleset)
	w.some("desc", e.Rule.Description)
	w.text("name", e.Rule.Name)
	w.number("type_id", 1) // a rule
	w.text("uid", e.Rule.ID)
	w.close()
	if e.Threat != nil {
		w.openList("attacks")
		for _, id := range e.Threat.Technique.ID {
			w.item()
			w.open("technique")
			w.text("uid", id)
			w.close()
			w.close()
		}
		w.closeList()
	}
	w.number("created_time", e.Timestamp.UnixMilli())
	w.some("desc", e.Rule.Description)
	w.text("title", e.Rule.Name)
	w.text("uid", fmt.Sprintf("%s-%d-%d", e.Rule.ID, e.Timestamp.UnixMilli(), e.Event.Sequence))
	w.close()
	w.ocsfEvidence(e)
	w.key("is_alert")
	w.b = strconv.AppendBool(w.b, true)
	w.count("count", int64(e.Tswatch.Repeated))
}

// ocsfEvidence writes what the rule saw.
func (w *writer) ocsfEvidence(e *Event) {
	if e.Process == nil && e.Destination == nil && e.File == nil {
		return
	}
	w.openList("evidences")
	w.item()
	if e.Process != nil {
		w.ocsfProcess(e, e.Process)
	}
	if e.Destination != nil {
		w.ocsfConnection(e)
	}
	if e.File != nil {
		w.ocsfFile("file", e.File.Path, ocsfAnyFile)
	}
	w.close()
	w.closeList()
}
