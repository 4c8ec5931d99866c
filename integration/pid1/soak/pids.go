//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// pidsGroup is a cgroup that limits how many processes and threads there may be in it.
type pidsGroup struct{ parent, dir string }

// pidsParent is where such groups can be made; "" where they cannot: the pids controller of cgroup version 1, or version 2.
func pidsParent() string {
	if info, err := os.Stat("/sys/fs/cgroup/pids/cgroup.procs"); err == nil && info.Mode().IsRegular() {
		return "/sys/fs/cgroup/pids"
	}
	enabled, err := os.ReadFile("/sys/fs/cgroup/cgroup.subtree_control")
	if err == nil && slices.Contains(strings.Fields(string(enabled)), "pids") {
		return "/sys/fs/cgroup"
	}
	return ""
}

// groups tells this program's groups apart.
var groups atomic.Int64

// newPidsGroup makes a group without a limit; nil where none can be made.
func newPidsGroup() *pidsGroup {
	parent := pidsParent()
	dir := filepath.Join(parent, fmt.Sprintf("tsboot-soak-%d-%d", os.Getpid(), groups.Add(1)))
	if parent == "" || os.Mkdir(dir, 0o755) != nil {
		return nil
	}
	return &pidsGroup{parent: parent, dir: dir}
}

// take moves a process into the group; what it forks from now on is in it, too.
func (g *pidsGroup) take(pid int) error { return g.move(g.dir, pid) }

// leave moves a process out of it.
func (g *pidsGroup) leave(pid int) error { return g.move(g.parent, pid) }

func (g *pidsGroup) move(to string, pid int) error {
	return os.WriteFile(filepath.Join(to, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
}

// fill lets no further process or thread come into being; drain lifts that.
func (g *pidsGroup) fill() error  { return g.limit("0") }
func (g *pidsGroup) drain() error { return g.limit("max") }

func (g *pidsGroup) limit(n string) error {
	return os.WriteFile(filepath.Join(g.dir, "pids.max"), []byte(n), 0)
}

// remove removes the group once nobody is in it any more.
func (g *pidsGroup) remove() { _ = os.Remove(g.dir) }
