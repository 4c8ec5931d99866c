package container

import (
	"bytes"
	"strings"
)

// walk is what the segments before say about the next one.
type walk struct {
	first  bool
	above  []byte // the segment before
	ecs    bool   // some segment before is "ecs"
	garden bool
	odd    bool // the id of this segment has a prefix that is no runtime's
}

// step says whether the segment is a container.
func (w *walk) step(segment []byte) (id []byte, runtime string) {
	w.odd = false
	id, runtime = w.identify(segment)
	switch string(segment) {
	case "", "..":
		return nil, ""
	case "ecs":
		w.ecs = true
	case "garden":
		w.garden = true
	}
	w.above = segment
	if w.first {
		w.first = false
		switch string(segment) {
		case "default", "k8s.io", "moby":
			w.above = namespace
		}
	}
	return id, runtime
}

// namespace stands for a first segment that is a namespace of containerd: ctr and nerdctl make /NAMESPACE/ID, with ids as the
// user likes.
var namespace = []byte("/namespace")

func (w *walk) identify(segment []byte) (id []byte, runtime string) {
	name := bytes.TrimSuffix(segment, []byte(".scope"))
	if len(name) >= idLength && isID(name[len(name)-idLength:]) {
		return w.identifyLong(name)
	}
	switch string(w.above) {
	case "buildkit":
		if isBuildID(name) {
			return name, "buildkit"
		}
	case "lxc", "lxc.payload":
		return name, "lxc"
	case "machine.slice", "machine":
		return identifyMachine(segment)
	case string(namespace):
		return identifyFree(segment)
	}
	switch {
	case w.ecs && isFargateID(name):
		return name, "ecs"
	case w.garden && isGardenID(name):
		return name, "garden"
	}
	if rest, ok := bytes.CutPrefix(name, []byte("docker-")); ok && isBuildID(rest) {
		return rest, "buildkit"
	}
	if rest, ok := bytes.CutPrefix(name, []byte("lxc.payload.")); ok {
		return rest, "lxc"
	}
	if string(name) == "payload" {
		return identifyUnit(w.above)
	}
	return nil, ""
}

// identifyLong is about a name that ends with 64 digits: alone, PREFIX-ID, or SLICE:PREFIX:ID.
func (w *walk) identifyLong(name []byte) (id []byte, runtime string) {
	id = name[len(name)-idLength:]
	if len(name) == idLength {
		if string(w.above) == "libpod_parent" {
			return nil, "" // a pod, whose containers are libpod-ID
		}
		return id, w.runtimeAbove()
	}
	prefix := name[:len(name)-idLength-1]
	known := false // a name that systemd cannot take is made by a runtime
	switch name[len(prefix)] {
	case ':':
		prefix, known = prefix[bytes.LastIndexByte(prefix, ':')+1:], true
	case '-':
	default:
		return nil, ""
	}
	if bytes.HasSuffix(prefix, []byte("conmon")) {
		return nil, "" // it watches the container
	}
	runtime = runtimeOfPrefix(string(prefix))
	w.odd = runtime == "" && !known
	return id, runtime
}

func runtimeOfPrefix(prefix string) string {
	switch prefix {
	case "docker":
		return "docker"
	case "cri-containerd", "nerdctl":
		return "containerd"
	case "crio":
		return "cri-o"
	case "libpod", "libpod-payload":
		return "podman"
	}
	return ""
}

// runtimeAbove is the runtime that uses the segment before for its containers.
func (w *walk) runtimeAbove() string {
	switch string(w.above) {
	case "docker", "actions_job":
		return "docker"
	case string(namespace):
		return "containerd"
	}
	if w.ecs {
		return "docker" // the agent of ECS has no other runtime
	}
	return ""
}

// identifyFree is about an id that the user of containerd has chosen. What has the ending of a unit is systemd's.
func identifyFree(segment []byte) (id []byte, runtime string) {
	for _, unit := range []string{".scope", ".service", ".slice"} {
		if bytes.HasSuffix(segment, []byte(unit)) {
			return nil, ""
		}
	}
	return segment, "containerd"
}

// identifyMachine is about a unit of systemd-machined: systemd-nspawn and libvirt register containers there, and virtual
// machines, which are not containers. A slice there is none: podman has one for each pod.
func identifyMachine(segment []byte) (id []byte, runtime string) {
	if rest, ok := bytes.CutSuffix(segment, []byte(".libvirt-lxc")); ok {
		return rest, "libvirt-lxc"
	}
	name, scope := bytes.CutSuffix(segment, []byte(".scope"))
	rest, ok := bytes.CutPrefix(name, []byte("machine-"))
	if !ok || !scope {
		return nil, ""
	}
	machine := unescapeUnit(rest)
	if bytes.HasPrefix(machine, []byte("qemu-")) {
		return nil, ""
	}
	if rest, ok := bytes.CutPrefix(machine, []byte("lxc-")); ok {
		if i := bytes.IndexByte(rest, '-'); i > 0 && isDigits(rest[:i]) {
			return rest[i+1:], "libvirt-lxc" // lxc-PID-NAME
		}
	}
	return machine, "systemd-nspawn"
}

// identifyUnit is about the payload of a systemd-nspawn@NAME.service.
func identifyUnit(unit []byte) (id []byte, runtime string) {
	rest, ok := bytes.CutPrefix(unit, []byte("systemd-nspawn@"))
	if !ok {
		return nil, ""
	}
	return unescapeUnit(bytes.TrimSuffix(rest, []byte(".service"))), "systemd-nspawn"
}

// unescapeUnit undoes what systemd does to the characters that have a meaning in the name of a unit: \x2d is "-".
func unescapeUnit(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	return []byte(strings.ReplaceAll(string(name), `\x2d`, "-"))
}
