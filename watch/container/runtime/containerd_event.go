package runtime

import (
	"time"

	"github.com/containerd/containerd/api/events"
	"github.com/containerd/containerd/api/types"

	"github.com/tsboot/tsboot/watch/container"
)

// takeEvent gives an event of containerd to the sink. What does not decode is left out: the next list has it.
func takeEvent(envelope *types.Envelope, news sink, now time.Time) {
	namespace, packed := envelope.Namespace, envelope.Event
	switch packed.TypeUrl {
	case "containerd.events.ContainerCreate":
		var e events.ContainerCreate
		if packed.UnmarshalTo(&e) == nil && namespace != dockerNamespace && short(e.ID) != "" {
			name, tag, digest := parseImage(e.Image)
			news.appeared(&container.Container{
				ID: e.ID, Runtime: "containerd", Name: containerdName(e.ID, nil),
				Image: container.Image{Name: familiar(name), Tag: tag, Hashes: hashes(digest)},
			})
		}
	case "containerd.events.ContainerUpdate":
		var e events.ContainerUpdate
		if packed.UnmarshalTo(&e) == nil && namespace != dockerNamespace && short(e.ID) != "" {
			news.changed(e.ID)
		}
	case "containerd.events.ContainerDelete":
		var e events.ContainerDelete
		if packed.UnmarshalTo(&e) == nil {
			news.ended(e.ID)
		}
	case "containerd.events.TaskCreate":
		var e events.TaskCreate
		if packed.UnmarshalTo(&e) == nil && short(e.ContainerID) != "" {
			news.started(e.ContainerID, int(e.Pid), saidAt(envelope, now))
		}
	case "containerd.events.TaskStart":
		var e events.TaskStart
		if packed.UnmarshalTo(&e) == nil && short(e.ContainerID) != "" {
			news.started(e.ContainerID, int(e.Pid), saidAt(envelope, now))
		}
	case "containerd.events.TaskDelete":
		var e events.TaskDelete
		if packed.UnmarshalTo(&e) == nil && (e.ID == "" || e.ID == e.ContainerID) {
			news.ended(e.ContainerID)
		}
	case "containerd.events.TaskExit":
		var e events.TaskExit
		if packed.UnmarshalTo(&e) == nil && e.ID != "" && e.ID != e.ContainerID {
			news.execEnded(e.ContainerID, e.ID)
		}
	case "containerd.events.TaskExecStarted":
		var e events.TaskExecStarted
		if packed.UnmarshalTo(&e) == nil && short(e.ContainerID) != "" {
			news.execStarted(e.ContainerID, e.ExecID, int(e.Pid), saidAt(envelope, now))
		}
	}
}

// saidAt is when the event was, with the reading of the monotonic clock of now: it may have waited here. One without a time is new.
func saidAt(envelope *types.Envelope, now time.Time) time.Time {
	if envelope.Timestamp == nil {
		return now
	}
	return now.Add(min(envelope.Timestamp.AsTime().Sub(now), 0))
}
