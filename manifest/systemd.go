package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// systemdProgram is where the packages install tsboot.
const systemdProgram = "/usr/bin/tsboot"

// noRestart are the exit codes that another start gives again.
const noRestart = "64 73 77 78 126 127"

// writeSystemd is a unit of a host without containers.
func writeSystemd(m *model) ([]byte, error) {
	for _, mount := range m.mounts {
		if mount.host == mount.path || m.leadsTo(mount.host) {
			continue
		}
		m.note(mount.host + " is there as it is: a unit sees the host; have the agent look there and not at " + mount.path)
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[Unit]\nDescription=%s\nWants=network-online.target\nAfter=network-online.target\n", strings.ReplaceAll(m.description(), "%", "%%"))
	line("[Service]\nType=exec")
	secrets := m.secretNames()
	for _, name := range secrets { // a relative path is looked up in /etc/credstore, and may be missing
		line("LoadCredential=%s:%s.%s", name, m.name, name)
	}
	command := systemdProgram + systemdWords(m.flags)
	if len(secrets) > 0 {
		command += " --secrets-dir %d" // systemd puts the directory of the credentials in its place
	}
	if words := m.options.Boot.Command; len(words) > 0 {
		command += " --" + systemdWords(words)
	}
	line("ExecStart=%s", command)
	restart := "always"
	if m.program {
		restart = "on-failure"
	}
	line("Restart=%s\nRestartSec=5s\nRestartPreventExitStatus=%s", restart, noRestart)
	line("KillMode=mixed\nTimeoutStopSec=%ds", m.stop)
	if name, ok := strings.CutPrefix(m.runDir, "/run/"); ok {
		if !m.options.Boot.Given.Has("run-dir") {
			m.note("a second tsboot on this host needs a run directory of its own: --run-dir /run/tsboot-" + strings.TrimPrefix(m.name, "tsboot-"))
		}
		line("RuntimeDirectory=%s\nRuntimeDirectoryMode=0700", systemdWord(name))
	}
	line("CapabilityBoundingSet=%s\nNoNewPrivileges=yes\nMemoryLow=%sM", strings.Join(prefixed(m.capabilities), " "), strconv.Itoa(m.memory))
	line("\n[Install]\nWantedBy=multi-user.target")
	return []byte(b.String()), nil
}

// leadsTo says whether a parameter that is set has the agent look at a place of the host.
func (m *model) leadsTo(place string) bool {
	return slices.Contains(slices.Collect(maps.Values(m.set)), place)
}

func systemdWords(words []string) string {
	var b strings.Builder
	for _, word := range words {
		b.WriteString(" " + systemdWord(word))
	}
	return b.String()
}

func prefixed(capabilities []string) []string {
	names := make([]string, len(capabilities))
	for i, name := range capabilities {
		names[i] = "CAP_" + name
	}
	return names
}

var bareWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@,+-]+$`)

// systemdWord quotes a word of ExecStart, as systemd.syntax(7) and systemd.service(5) have it: C's escapes, and each % and
// $ twice.
func systemdWord(word string) string {
	if bareWord.MatchString(word) {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range word {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '%' || r == '$':
			b.WriteString(string(r) + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
