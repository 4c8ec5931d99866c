package capability

import "golang.org/x/sys/unix"

// Set holds capabilities, one bit for each of the kernel's numbers (unix.CAP_CHOWN
// and so on). The zero value holds none.
type Set uint64

// Has reports whether the set holds a capability, by the kernel's number.
func (s Set) Has(number uint) bool { return s&(1<<number) != 0 }

// Effective returns what this process may do now: root has all that its container
// did not drop. The error is that of capget(2); a seccomp filter may refuse it.
// Any goroutine may call it.
func Effective() (Set, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var words [2]unix.CapUserData // of 32 capabilities each
	if err := unix.Capget(&header, &words[0]); err != nil {
		return 0, err
	}
	return Set(words[1].Effective)<<32 | Set(words[0].Effective), nil
}
