package event

import "github.com/tsboot/tsboot/watch/container"

// Reasons of events that nobody attributed.
const (
	reasonNoProcess = "no-process" // the records name none
	reasonUnknown   = "unknown"
)

// attribute says from which container the process is. A process of the host has none, nor has one that is not known.
func (b *builder) attribute(a *container.Attribution) {
	own := &b.parts.attribution
	b.event.Tswatch.Attribution = own
	own.Method, own.Reason, own.LatencyUS = string(a.Method), string(a.Reason), a.Latency.Microseconds()
	if a.Method == "" {
		own.Method, own.Reason = string(container.MethodNone), reasonUnknown
		if b.event.Process == nil {
			own.Reason = reasonNoProcess
		}
		return
	}
	if b.event.Process != nil {
		b.event.Process.VPID = a.VPID
	}
	c := a.Container
	if a.Method == container.MethodHost || a.Method == container.MethodNone || c == nil || c.ID == "" {
		return
	}
	if own.Reason == "" {
		own.Reason = c.Missing
	}
	b.contain(c)
	b.event.Orchestrator, b.event.AWS = orchestrated(c.Labels)
}

func (b *builder) contain(c *container.Container) {
	out := &b.parts.container
	*out = Container{ID: c.ID, Name: valid(c.Name), Runtime: c.Runtime}
	if c.ParentID != "" {
		b.parts.outer.ID = c.ParentID
		out.Parent = &b.parts.outer
	}
	b.event.Container = out
	if c.Image.Name == "" && c.Image.Tag == "" && len(c.Image.Hashes) == 0 {
		return
	}
	image := &b.parts.image
	image.Name = valid(c.Image.Name)
	if c.Image.Tag != "" {
		b.parts.tag[0] = c.Image.Tag
		image.Tag = b.parts.tag[:]
	}
	if len(c.Image.Hashes) > 0 {
		b.parts.hash.All = c.Image.Hashes
		image.Hash = &b.parts.hash
	}
	out.Image = image
}
