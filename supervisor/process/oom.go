//go:build linux

package process

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// OOMCounter is how often the kernel killed for want of memory in the own cgroup.
// A SIGKILL during which it grew was the kernel's.
type OOMCounter struct {
	count int64
	known bool
}

// ReadOOM reads the counter of the own cgroup.
func ReadOOM() OOMCounter { return readOOMIn("/proc/self/cgroup", "/sys/fs/cgroup") }

// Grown reports whether the kernel has killed since the counter was read.
func (o OOMCounter) Grown(now OOMCounter) bool { return now.known && o.known && now.count > o.count }

// readOOMIn reads oom_kill of the memory controller: memory.events of version 2,
// memory.oom_control of version 1. In a container the cgroup named in
// /proc/self/cgroup may be outside what is mounted: then the root of the mount is the own one.
func readOOMIn(selfCgroup, mount string) OOMCounter {
	v1, v2 := memoryCgroups(selfCgroup)
	var files []string
	if v2 != "" {
		files = append(files, filepath.Join(mount, v2, "memory.events"), filepath.Join(mount, "unified", v2, "memory.events"))
	}
	if v1 != "" {
		files = append(files, filepath.Join(mount, "memory", v1, "memory.oom_control"))
	}
	files = append(files, filepath.Join(mount, "memory.events"), filepath.Join(mount, "memory", "memory.oom_control"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if count, ok := parseOOM(data); ok {
			return OOMCounter{count, true}
		}
	}
	return OOMCounter{}
}

// memoryCgroups finds the own cgroup in the tree of version 1's memory controller
// and in that of version 2.
func memoryCgroups(selfCgroup string) (v1, v2 string) {
	data, err := os.ReadFile(selfCgroup)
	if err != nil {
		return "", ""
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) != 3 {
			continue
		}
		path := filepath.Clean("/" + fields[2])
		switch {
		case fields[0] == "0" && fields[1] == "":
			v2 = path
		case strings.Contains(","+fields[1]+",", ",memory,"):
			v1 = path
		}
	}
	return v1, v2
}

// parseOOM finds the line "oom_kill N".
func parseOOM(data []byte) (int64, bool) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "oom_kill ")
		if !ok {
			continue
		}
		count, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		return count, err == nil
	}
	return 0, false
}
