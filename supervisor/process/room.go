//go:build linux

package process

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lowLimit is what a limit of a user's processes must be below to be tried
// out, by making processes: nothing says how many a user has, and it takes
// a tenth of a millisecond for each.
const lowLimit = 4096

// checkRoom says whether so many threads and processes are still possible. The
// runtime ends a program that gets none with a message of its own.
func checkRoom(need int) error {
	if need == 0 {
		return nil
	}
	room := min(need, roomInCgroup("/proc/self/cgroup", "/sys/fs/cgroup"))
	if room == need {
		room = roomOfUser(need)
	}
	if room == need {
		return nil
	}
	return fmt.Errorf("start: %w: tsboot takes %d more processes and threads, and there is room for %d: %s",
		unix.EAGAIN, need, room, explainShortage(unix.EAGAIN))
}

// roomInCgroup reads how many more the pids cgroup allows, of either version. A
// limit above what a container sees is not known.
func roomInCgroup(selfCgroup, mount string) int {
	room := math.MaxInt
	data, err := os.ReadFile(selfCgroup)
	if err != nil {
		return room
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 || !(fields[1] == "" || strings.Contains(","+fields[1]+",", ",pids,")) {
			continue
		}
		tree := filepath.Join(mount, fields[1])
		for _, dir := range []string{filepath.Join(tree, filepath.Clean("/"+fields[2])), tree} {
			most, err1 := readNumber(filepath.Join(dir, "pids.max"))
			now, err2 := readNumber(filepath.Join(dir, "pids.current"))
			if err1 == nil && err2 == nil {
				room = min(room, max(0, most-now))
				break
			}
		}
	}
	return room
}

// readNumber fails for the word "max".
func readNumber(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// roomOfUser finds out how many more RLIMIT_NPROC allows, up to what is needed.
// It does not hold for root.
func roomOfUser(need int) int {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &limit); err != nil || limit.Cur >= lowLimit || os.Getuid() == 0 {
		return need
	}
	var born []int
	for len(born) < need {
		pid := bornDead()
		if pid == 0 {
			break
		}
		born = append(born, pid) // counts until it is reaped
	}
	for _, pid := range born {
		reapBornDead(pid)
	}
	return len(born)
}
