//go:build linux

package main

import (
	"context"
	"debug/buildinfo"
	"os"
	"os/exec"
	"strings"
	"time"
)

// surroundings are what a run was made with.
type surroundings struct {
	rounds                     int
	length                     time.Duration
	processor, kernel, cgroups string
	docker, tswatch, goAudit   string
}

// lookAround finds out what the page says of the machine and the programs. What cannot be found out is empty.
func lookAround(o options, tswatch string, e *engine) surroundings {
	s := surroundings{rounds: o.rounds, length: o.length, goAudit: builtFrom(o.goAudit), cgroups: "v1"}
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, model, _ := strings.Cut(string(text), "model name\t: ")
	s.processor = firstLine(model)
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	s.kernel = firstLine(string(release))
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		s.cgroups = "v2"
	}
	s.docker, _ = e.docker(context.Background(), "version", "--format", "{{.Server.Version}}")
	version, _ := exec.Command(tswatch, "version").Output()
	s.tswatch = strings.TrimPrefix(firstLine(string(version)), "tswatch ")
	return s
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line)
}

// builtFrom is the version of a Go program and of the Go it was built with.
func builtFrom(path string) string {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	return info.Main.Version + ", " + info.GoVersion
}
