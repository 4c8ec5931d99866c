package event

import (
	"strconv"
)

// falco writes e as Falco writes a rule that matched (json_output: true), with Falco's names of fields, for what already
// reads Falco: falcosidekick, dashboards, alert routes. An event that is no alert has its action as its rule. A process of
// the host has no container.* at all, where Falco says "host".
func (w *writer) falco(e *Event) {
	rule, priority := e.Event.Action, "Informational"
	switch e.Event.Kind {
	case KindMetric:
		rule, priority = "tswatch internal: "+e.Event.Action, "Warning"
	case KindAlert:
		if e.Rule != nil {
			rule = e.Rule.Name
		}
		priority = falcoPriority(e.Event.Severity)
	}
	message := e.summary()
	w.start()
	w.text("hostname", e.Host.Hostname)
	w.text("output", e.Timestamp.UTC().Format("15:04:05.000000000")+": "+priority+" "+message)
	w.falcoFields(e)
	w.text("priority", priority)
	w.text("rule", rule)
	w.text("source", "syscall")
	w.falcoTags(e)
	w.text("time", e.Timestamp.UTC().Format("2006-01-02T15:04:05.000000000Z"))
	w.close()
}

func falcoPriority(severity int) string {
	switch severity {
	case 1:
		return "Critical"
	case 2:
		return "Warning"
	}
	return "Notice"
}

// falcoTags writes tags, a list that is there also where it is empty.
func (w *writer) falcoTags(e *Event) {
	w.openList("tags")
	tag := func(text string) {
		w.comma()
		w.b = appendString(w.b, text)
	}
	if e.Threat != nil {
		for _, id := range e.Threat.Technique.ID {
			tag(id)
		}
	}
	if e.Container != nil {
		tag("container")
	} else if a := e.Tswatch.Attribution; a != nil && a.Method == "host" {
		tag("host")
	}
	for _, key := range e.Tags {
		tag(key)
	}
	w.closeList()
}

func (w *writer) falcoFields(e *Event) {
	w.open("output_fields")
	w.falcoContainer(e)
	w.number("evt.time", e.Timestamp.UnixNano())
	w.text("evt.type", e.Event.Action)
	switch {
	case e.Error != nil:
		w.text("evt.res", e.Error.Code)
	case e.Event.Outcome == OutcomeSuccess:
		w.text("evt.res", "SUCCESS")
	}
	if d := e.Destination; d != nil {
		w.falcoSocket(e, d)
	}
	if e.File != nil {
		w.text("fd.name", e.File.Path)
	}
	w.falcoProcess(e)
	if u := e.User; u != nil {
		w.userNumber("user.loginuid", u.Audit)
		w.some("user.name", u.Name)
		w.userNumber("user.uid", &ID{ID: u.ID})
	}
	if l := e.Tswatch.Lost; l != nil {
		w.unsigned("tswatch.lost.records", l.Records)
		w.unsigned("tswatch.lost.serials", l.Serials)
		w.text("tswatch.lost.where", l.Where)
	}
	w.count("tswatch.repeated", int64(e.Tswatch.Repeated))
	w.close()
}

func (w *writer) falcoSocket(e *Event, d *Destination) {
	if d.IP == "" {
		if e.File == nil {
			w.some("fd.name", d.Path)
		}
		w.text("fd.type", "unix")
		return
	}
	if e.File == nil {
		w.text("fd.name", "->"+d.IP+":"+strconv.Itoa(d.Port))
	}
	if e.Network != nil {
		w.some("fd.l4proto", e.Network.Transport)
		w.some("fd.type", e.Network.Type)
	}
	w.text("fd.sip", d.IP)
	w.number("fd.sport", int64(d.Port))
}

func (w *writer) falcoProcess(e *Event) {
	p := e.Process
	if p == nil {
		return
	}
	w.some("proc.cmdline", p.CommandLine)
	w.some("proc.cwd", p.WorkingDirectory)
	w.some("proc.exepath", p.Executable)
	w.some("proc.name", p.Name)
	w.number("proc.pid", int64(p.PID))
	if p.Parent != nil {
		w.number("proc.ppid", int64(p.Parent.PID))
	}
	w.some("proc.tty", e.Tswatch.TTY)
	w.count("proc.vpid", int64(p.VPID))
}

func (w *writer) falcoContainer(e *Event) {
	if a := e.Tswatch.Attribution; a != nil {
		w.text("tswatch.attribution.method", a.Method)
		w.some("tswatch.attribution.reason", a.Reason)
	}
	c := e.Container
	if c == nil {
		return
	}
	w.text("container.full_id", c.ID)
	w.text("container.id", c.ID[:min(len(c.ID), 12)])
	if i := c.Image; i != nil {
		if i.Hash != nil && len(i.Hash.All) > 0 {
			w.text("container.image.digest", i.Hash.All[0])
		}
		w.some("container.image.repository", i.Name)
		if len(i.Tag) > 0 {
			w.text("container.image.tag", i.Tag[0])
		}
	}
	w.some("container.name", c.Name)
	w.some("container.type", c.Runtime)
	if o := e.Orchestrator; o != nil && o.Type == "kubernetes" {
		w.some("k8s.ns.name", o.Namespace)
		if o.Resource != nil {
			w.some("k8s.pod.name", o.Resource.Name)
			w.some("k8s.pod.uid", o.Resource.ID)
		}
	}
}

// userNumber writes the id of a user as the number that it is.
func (w *writer) userNumber(name string, id *ID) {
	if id == nil {
		return
	}
	if n, err := strconv.ParseUint(id.ID, 10, 32); err == nil {
		w.unsigned(name, n)
	}
}
