package container

import (
	"bytes"
	"strings"
)

// Path is what the cgroups of a process say about its container.
type Path struct {
	ID       string // of the innermost container
	ParentID string // of the container around it, where containers nest
	Runtime  string // empty where the path does not say
}

// ParseCgroup reads the text of /proc/PID/cgroup. It is false where no line has a container: a process of the host, or one
// that watches a container from outside (conmon), or one of which the kernel says nothing any more.
func ParseCgroup(text string) (Path, bool) {
	p := findPlace([]byte(text))
	return Path{ID: string(p.id), ParentID: string(p.outer), Runtime: p.runtime}, p.depth > 0
}

// place is the container that cgroups name; the ids are parts of the text that was read.
type place struct {
	id      []byte // of the innermost container
	outer   []byte // of the container around it, where containers nest
	runtime string // empty where the path does not say
	depth   int    // how many containers the path goes through; 0: none
	legacy  bool   // there are hierarchies of cgroup v1
	above   bool   // a path begins outside of the reader's cgroup namespace: /..
}

// findPlace takes, of all lines, the one that goes through most containers: on a host with both versions of cgroups, the line
// of one may have none.
func findPlace(text []byte) place {
	var best place
	var last []byte
	legacy, above := false, false
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		path, v1, ok := cutPath(line)
		if !ok {
			continue
		}
		legacy = legacy || v1
		if last != nil && bytes.Equal(path, last) {
			continue // so it is on most hosts of v1
		}
		above = above || bytes.HasPrefix(path, []byte("/.."))
		if p := findInPath(path); p.depth > best.depth {
			best = p
		}
		last = path
	}
	best.legacy, best.above = legacy, above
	return best
}

// cutPath cuts the path off a line: HIERARCHY:CONTROLLERS:PATH. A path may have colons itself.
func cutPath(line []byte) (path []byte, v1, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return nil, false, false
	}
	j := bytes.IndexByte(line[i+1:], ':')
	if j < 0 {
		return nil, false, false
	}
	path = bytes.TrimSuffix(line[i+j+2:], []byte(" (deleted)"))
	v1 = j > 0 || i != 1 || line[0] != '0'
	return path, v1, len(path) > 0 && path[0] == '/'
}

// findInPath goes through the path from the outside to the inside.
func findInPath(path []byte) place {
	var p place
	w := walk{first: true}
	for len(path) > 0 {
		path = path[1:] // the slash
		end := bytes.IndexByte(path, '/')
		if end < 0 {
			end = len(path)
		}
		id, runtime := w.step(path[:end])
		if len(id) > 0 && !bytes.Equal(id, p.id) {
			p.id, p.outer, p.runtime = id, p.id, runtime
			p.depth++
		}
		path = path[end:]
	}
	return p
}

// walk is what the segments before say about the next one.
type walk struct {
	first  bool
	above  []byte // the segment before
	ecs    bool   // some segment before is "ecs"
	garden bool
}

// step says whether the segment is a container.
func (w *walk) step(segment []byte) (id []byte, runtime string) {
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
		if string(segment) == "default" {
			w.above = topDefault
		}
	}
	return id, runtime
}

// topDefault stands for the first segment "default": ctr and nerdctl make /NAMESPACE/ID, with ids as the user likes.
var topDefault = []byte("/default")

func (w *walk) identify(segment []byte) (id []byte, runtime string) {
	name := bytes.TrimSuffix(segment, []byte(".scope"))
	if len(name) >= idLength && isID(name[len(name)-idLength:]) {
		return identifyLong(name, w.runtimeAbove())
	}
	switch string(w.above) {
	case "buildkit":
		if isBuildID(name) {
			return name, "buildkit"
		}
	case "lxc", "lxc.payload":
		return name, "lxc"
	case "machine.slice", "machine":
		return identifyMachine(name)
	case string(topDefault):
		return name, "containerd"
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
func identifyLong(name []byte, above string) (id []byte, runtime string) {
	id = name[len(name)-idLength:]
	if len(name) == idLength {
		return id, above
	}
	prefix := name[:len(name)-idLength-1]
	switch name[len(prefix)] {
	case ':':
		prefix = prefix[bytes.LastIndexByte(prefix, ':')+1:]
	case '-':
	default:
		return nil, ""
	}
	if bytes.HasSuffix(prefix, []byte("conmon")) {
		return nil, "" // it watches the container
	}
	return id, runtimeOfPrefix(string(prefix))
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
	case "k8s.io", string(topDefault):
		return "containerd"
	case "libpod_parent":
		return "podman"
	}
	if w.ecs {
		return "docker" // the agent of ECS has no other runtime
	}
	return ""
}

// identifyMachine is about a unit of systemd-machined: systemd-nspawn and libvirt register containers there, and virtual
// machines, which are not containers.
func identifyMachine(name []byte) (id []byte, runtime string) {
	if rest, ok := bytes.CutSuffix(name, []byte(".libvirt-lxc")); ok {
		return rest, "libvirt-lxc"
	}
	rest, ok := bytes.CutPrefix(name, []byte("machine-"))
	if !ok {
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
