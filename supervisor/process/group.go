//go:build linux

package process

import "golang.org/x/sys/unix"

// SignalGroup signals the group that a child of this process was started in, and
// the child itself where it is not in that group any more. The id of the group
// is given to no other until the child is reaped. child is 0 when it has ended.
func SignalGroup(group, child int, sig Signal) error {
	left := child != 0 && hasLeft(child, group)
	err := unix.Kill(-group, unix.Signal(sig))
	if left || (err != nil && child != 0) {
		return SignalChild(child, sig)
	}
	return err
}

// hasLeft reports whether a child is in another group.
func hasLeft(child, group int) bool {
	now, err := unix.Getpgid(child)
	return err == nil && now != group
}
