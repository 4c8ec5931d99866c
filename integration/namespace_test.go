//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// containerVariable carries the description of a container to the test binary that becomes its first process.
const containerVariable = "TSBOOT_IT_CONTAINER"

// containerSpec describes a container without an engine: a root directory in its own mount and pid namespace.
type containerSpec struct {
	Root     string
	PID1     bool // tsboot itself is PID 1; otherwise a child of the init below
	ReadOnly bool // the root file system
	HostPIDs bool // the machine's pid namespace, as with pidMode host
	Mounts   []containerMount
	Argv     []string
	Env      []string // as it is: entries need not hold "="
	UID, GID int
	Closed   []int  // descriptors to close first
	Strays   string // file for what outlived tsboot where it is not PID 1
	Mounted  bool   // the mounts are made
}

// containerMount is a tmpfs (no Source) or a bind mount at a path inside.
type containerMount struct {
	Source, Target, Options string
	ReadOnly                bool
}

// enterContainer never returns: it ends as the program of the container, or with 250 when the container cannot be made.
func enterContainer(encoded string) {
	var spec containerSpec
	err := json.Unmarshal([]byte(encoded), &spec)
	if err == nil && !spec.Mounted {
		err = spec.mountAll()
	}
	if err == nil && !spec.PID1 {
		os.Exit(spec.superviseChild())
	}
	if err == nil {
		err = spec.become()
	}
	fmt.Fprintf(os.Stderr, "container: %v\n", err)
	os.Exit(250)
}

func (c *containerSpec) mountAll() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount(c.Root, c.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s: %w", c.Root, err)
	}
	if err := unix.Mount("proc", filepath.Join(c.Root, "proc"), "proc", 0, ""); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	for _, device := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		if err := unix.Mount("/dev/"+device, filepath.Join(c.Root, "dev", device), "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind device %s: %w", device, err)
		}
	}
	for _, m := range c.Mounts {
		if err := m.mount(c.Root); err != nil {
			return err
		}
	}
	if c.ReadOnly {
		return unix.Mount("", c.Root, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	return nil
}

func (m *containerMount) mount(root string) error {
	target := filepath.Join(root, m.Target)
	var err error
	if m.Source == "" {
		err = unix.Mount("tmpfs", target, "tmpfs", 0, m.Options)
	} else {
		err = unix.Mount(m.Source, target, "", unix.MS_BIND, "")
	}
	if err == nil && m.ReadOnly {
		err = unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("mount on %s: %w", m.Target, err)
	}
	return nil
}

// become takes the root directory and the identity and turns into the program.
func (c *containerSpec) become() error {
	if err := unix.Chroot(c.Root); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if c.UID != 0 || c.GID != 0 {
		for _, step := range []error{syscall.Setgroups(nil), syscall.Setgid(c.GID), syscall.Setuid(c.UID)} {
			if step != nil {
				return fmt.Errorf("become uid %d: %w", c.UID, step)
			}
		}
	}
	for _, fd := range c.Closed {
		_ = unix.Close(fd)
	}
	return syscall.Exec(c.Argv[0], c.Argv, c.Env)
}

// superviseChild is the init of a container where tsboot is not PID 1: it enters the container a second time for the program,
// waits for it, reaps orphans, and notes what is still alive when tsboot has ended.
func (c *containerSpec) superviseChild() int {
	inner := *c
	inner.PID1, inner.Mounted = true, true
	child, err := startInner(&inner)
	if err != nil {
		fmt.Fprintf(os.Stderr, "container: start: %v\n", err)
		return 250
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "container: wait: %v\n", err)
			return 250
		}
		if pid != child {
			continue
		}
		if err := os.WriteFile(c.Strays, []byte(strings.Join(alive(c.Root), "\n")), 0o600); err != nil {
			fmt.Fprintf(os.Stderr, "container: note strays: %v\n", err)
			return 250
		}
		if status.Signaled() {
			return 128 + int(status.Signal())
		}
		return status.ExitStatus()
	}
}

// startInner starts this program once more, to become the program of the container without any mounts left to make.
func startInner(inner *containerSpec) (int, error) {
	encoded, err := json.Marshal(inner)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{containerVariable + "=" + string(encoded)}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	return cmd.Process.Pid, nil
}

// alive lists the processes of the namespace except this one; zombies are dead.
func alive(root string) []string {
	var list []string
	stats, _ := filepath.Glob(filepath.Join(root, "proc/[0-9]*/stat"))
	for _, file := range stats {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		pid, rest, _ := strings.Cut(string(data), " ")
		state := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])[0]
		if pid != "1" && state != "Z" && state != "X" {
			list = append(list, strings.TrimSpace(string(data)[:len(pid)+1+strings.LastIndexByte(rest, ')')+1]))
		}
	}
	return list
}
