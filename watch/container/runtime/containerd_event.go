package runtime

import (
	"github.com/containerd/containerd/api/events"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/tsboot/tsboot/watch/container"
)

// takeEvent gives an event of containerd to the sink. What does not decode is left out: the next list has it.
func takeEvent(namespace string, packed *anypb.Any, news sink) {
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
			news.started(e.ContainerID, int(e.Pid))
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
			news.execStarted(e.ContainerID, e.ExecID, int(e.Pid))
		}
	}
}
