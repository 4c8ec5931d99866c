package container

// role is what a process is to those that it started, or seems to have started.
type role uint8

const (
	noRole      role = iota
	runtimeRole      // it is part of a container runtime: what it starts may be in another place than itself
	adopterRole      // it gets the orphans of everything, of containers, too: the first process, systemd for a user
	kernelRole       // it is a thread of the kernel, which starts nothing in containers
)

// roleOf goes by the name of a process.
func roleOf(pid int, name []byte, kernel bool) role {
	switch {
	case kernel:
		return kernelRole
	case isRuntime(name):
		return runtimeRole
	case pid == 1 || string(name) == "systemd":
		return adopterRole
	}
	return noRole
}

// runtimeNames are the names of what starts containers, as the kernel cuts them. Of families the beginning is enough. What
// these execute under other names, as runc does with itself, is known by its parent.
var (
	runtimeNames = []string{
		"runc", "crun", "youki", "sysbox-runc", "docker-runc", "docker-containe", "nvidia-containe", "dockerd", "podman",
		"nerdctl", "ctr", "crio", "kubelet", "lxd", "incusd", "gdn", "dadoo", "buildah", "criu", "systemd-nspawn", "krun",
		"libvirt_lxc",
		"pause", "catatonit", // where containers of a pod share their pids, these adopt the orphans of all
	}
	// A release of runc is a file runc.amd64, one of crun is crun-1.20-linux-amd64.
	runtimeFamilies = []string{
		"runc:", "runc.", "runc-", "crun-", "youki:", "containerd", "conmon", "buildkit", "balena", "kata-", "runsc", "lxc-", "[lxc ",
	}
)

// isRuntime is about the name of a process: what a runtime starts may be in another container than itself.
func isRuntime(name []byte) bool {
	for _, known := range runtimeNames {
		if string(name) == known {
			return true
		}
	}
	for _, family := range runtimeFamilies {
		if len(name) >= len(family) && string(name[:len(family)]) == family {
			return true
		}
	}
	return false
}
