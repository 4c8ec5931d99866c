//go:build linux

package supervisor

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/supervisor/process"
)

// host is the kernel that tsboot runs on.
type host struct{}

func (host) Start(r process.Spec) (int, error)          { return process.Start(r) }
func (host) Examine(cmd Command) (string, error)        { return process.Examine(cmd) }
func (host) Children() []int                            { return process.Children() }
func (host) PeekAny() (int, error)                      { return process.PeekAny() }
func (host) PeekStatus(pid int) (unix.WaitStatus, bool) { return process.PeekStatus(pid) }
func (host) Reap(pid int) (unix.WaitStatus, bool)       { return process.Reap(pid) }
func (host) SignalChild(pid int, sig Signal) error      { return process.SignalChild(pid, sig) }
func (host) SignalGroup(group, child int, sig Signal) error {
	return process.SignalGroup(group, child, sig)
}
func (host) Descendants(skip func(int) bool) []int { return process.Descendants(skip) }
func (host) Identify(pid int) (process.Stat, bool) { return process.Identify(pid) }
func (host) DescribeAll(pids []int) []string       { return process.DescribeAll(pids) }
func (host) SignalBelow(pid int, sig Signal) bool  { return process.SignalBelow(pid, sig) }
func (host) KillAll()                              { _ = unix.Kill(-1, unix.SIGKILL) }
func (host) Suspend()                              { _ = unix.Kill(os.Getpid(), unix.SIGSTOP) }
func (host) ReadOOM() process.OOMCounter           { return process.ReadOOM() }
