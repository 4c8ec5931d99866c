package event

// ecs writes e in the names of the Elastic Common Schema, in the order of the fields of Event. It says by hand what the
// tags of the structures say, which costs a fraction of encoding/json's time; a test holds the two to the same text.
func (w *writer) ecs(e *Event) {
	w.start()
	w.key("@timestamp")
	w.b = append(w.b, '"')
	w.b = appendTime(w.b, e.Timestamp)
	w.b = append(w.b, '"')
	w.open("ecs")
	w.text("version", e.ECS.Version)
	w.close()
	w.info(&e.Event)
	w.some("message", e.Message)
	w.open("host")
	w.text("hostname", e.Host.Hostname)
	w.close()
	w.process(e.Process)
	w.user(e.User)
	w.container(e.Container)
	w.connection(e)
	if e.File != nil {
		w.open("file")
		w.text("path", e.File.Path)
		w.close()
	}
	w.fault(e.Error)
	w.list("tags", e.Tags)
	w.orchestrator(e.Orchestrator)
	if e.AWS != nil {
		w.b = append(w.b, `,"aws":{"ecs":{"task":{`...)
		w.text("arn", e.AWS.ECS.Task.ARN)
		w.b = append(w.b, "}}}"...)
	}
	w.rule(e)
	w.own(&e.Tswatch)
	w.close()
}

func (w *writer) info(i *Info) {
	w.open("event")
	w.text("kind", i.Kind)
	w.list("category", i.Category)
	w.list("type", i.Type)
	w.text("action", i.Action)
	w.some("outcome", i.Outcome)
	w.count("severity", int64(i.Severity))
	w.count("sequence", int64(i.Sequence))
	w.text("dataset", i.Dataset)
	w.close()
}

func (w *writer) process(p *Process) {
	if p == nil {
		return
	}
	w.open("process")
	w.number("pid", int64(p.PID))
	w.count("vpid", int64(p.VPID))
	if p.Parent != nil {
		w.open("parent")
		w.number("pid", int64(p.Parent.PID))
		w.close()
	}
	w.some("executable", p.Executable)
	w.some("name", p.Name)
	w.list("args", p.Args)
	w.count("args_count", int64(p.ArgsCount))
	w.some("command_line", p.CommandLine)
	w.some("working_directory", p.WorkingDirectory)
	w.close()
}

func (w *writer) user(u *User) {
	if u == nil {
		return
	}
	w.open("user")
	w.some("id", u.ID)
	w.some("name", u.Name)
	w.id("effective", u.Effective)
	w.id("audit", u.Audit)
	w.close()
}

// id writes an object that holds an id alone.
func (w *writer) id(name string, id *ID) {
	if id != nil {
		w.open(name)
		w.text("id", id.ID)
		w.close()
	}
}

func (w *writer) container(c *Container) {
	if c == nil {
		return
	}
	w.open("container")
	w.text("id", c.ID)
	w.some("name", c.Name)
	w.some("runtime", c.Runtime)
	if c.Image != nil {
		w.open("image")
		w.some("name", c.Image.Name)
		w.list("tag", c.Image.Tag)
		if c.Image.Hash != nil {
			w.open("hash")
			w.list("all", c.Image.Hash.All)
			w.close()
		}
		w.close()
	}
	w.id("parent", c.Parent)
	w.close()
}

func (w *writer) connection(e *Event) {
	if e.Source != nil {
		w.open("source")
		w.some("ip", e.Source.IP)
		w.count("port", int64(e.Source.Port))
		w.close()
	}
	if e.Destination != nil {
		w.open("destination")
		w.some("ip", e.Destination.IP)
		w.count("port", int64(e.Destination.Port))
		w.some("path", e.Destination.Path)
		w.close()
	}
	if e.Network != nil {
		w.open("network")
		w.some("type", e.Network.Type)
		w.some("transport", e.Network.Transport)
		w.close()
	}
}

func (w *writer) fault(f *Error) {
	if f != nil {
		w.open("error")
		w.text("code", f.Code)
		w.close()
	}
}

func (w *writer) orchestrator(o *Orchestrator) {
	if o == nil {
		return
	}
	w.open("orchestrator")
	w.some("type", o.Type)
	w.some("namespace", o.Namespace)
	if o.Cluster != nil {
		w.open("cluster")
		w.text("name", o.Cluster.Name)
		w.close()
	}
	if o.Resource != nil {
		w.open("resource")
		w.some("type", o.Resource.Type)
		w.some("name", o.Resource.Name)
		w.some("id", o.Resource.ID)
		w.close()
	}
	w.close()
}

func (w *writer) rule(e *Event) {
	if e.Rule != nil {
		w.open("rule")
		w.text("id", e.Rule.ID)
		w.text("name", e.Rule.Name)
		w.text("ruleset", e.Rule.Ruleset)
		w.some("description", e.Rule.Description)
		w.close()
	}
	if e.Threat != nil {
		w.open("threat")
		w.open("technique")
		w.list("id", e.Threat.Technique.ID)
		w.close()
		w.close()
	}
}

func (w *writer) own(o *Own) {
	w.open("tswatch")
	if a := o.Attribution; a != nil {
		w.open("attribution")
		w.text("method", a.Method)
		w.some("reason", a.Reason)
		w.number("latency_us", a.LatencyUS)
		w.close()
	}
	w.some("tty", o.TTY)
	w.some("module", o.Module)
	w.yes("truncated", o.Truncated)
	w.yes("lossy", o.Lossy)
	w.count("repeated", int64(o.Repeated))
	if l := o.Lost; l != nil {
		w.open("lost")
		w.unsigned("records", l.Records)
		w.unsigned("serials", l.Serials)
		w.text("where", l.Where)
		w.close()
	}
	w.close()
}
