package container

import (
	"bytes"
	"os"
)

// own is the container of the reader itself. In a cgroup namespace of its own the kernel shows it the cgroups of others from
// there on (/../..), and its own as the root.
type own struct {
	hidden  bool // the reader is in such a namespace
	id      string
	runtime string
}

// initialNamespace is the cgroup namespace of the boot (PROC_CGROUP_INIT_INO).
const initialNamespace = "cgroup:[4026531835]"

func findOwn() own {
	link, err := os.Readlink("/proc/self/ns/cgroup")
	if err != nil || link == initialNamespace {
		return own{}
	}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return own{hidden: true}
	}
	id, runtime := findInMounts(text)
	return own{hidden: true, id: id, runtime: runtime}
}

// findInMounts looks for the files that a runtime mounts into each of its containers; they lie in a directory with the
// container's id. Those of a pod are of its sandbox, which is another container.
func findInMounts(text []byte) (id, runtime string) {
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) < 5 {
			continue
		}
		switch string(fields[4]) {
		case "/etc/hostname", "/etc/hosts", "/etc/resolv.conf":
		default:
			continue
		}
		var above []byte
		for _, segment := range bytes.Split(fields[3], []byte("/")) {
			switch {
			case !isID(segment):
			case string(above) == "containers":
				return string(segment), "docker"
			case bytes.HasSuffix(above, []byte("-containers")): // overlay-containers
				return string(segment), "podman"
			}
			above = segment
		}
	}
	return "", ""
}
