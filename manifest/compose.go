package manifest

import (
	"strconv"
	"strings"
)

// writeCompose is a compose file with one service.
func writeCompose(m *model) ([]byte, error) {
	service := object{{"image", m.image}, {"command", m.words()}}
	if m.hostPID {
		service = append(service, field{"pid", "host"})
	}
	if !m.program {
		service = append(service, field{"network_mode", "host"})
	}
	restart := "unless-stopped"
	if m.program {
		restart = "on-failure"
	}
	service = append(service, object{
		{"read_only", m.readOnly}, {"cap_drop", []string{"ALL"}}, {"cap_add", m.capabilities},
		{"tmpfs", m.composeTmpfs()}, {"volumes", m.composeVolumes()},
		{"healthcheck", m.composeHealth()},
		{"stop_grace_period", strconv.Itoa(m.stop) + "s"}, // Docker's own is 10 s
		{"restart", restart}, {"mem_reservation", strconv.Itoa(m.memory) + "m"},
	}...)
	return yamlText(m.description()+"\n", object{{"services", object{{m.name, doubled(service)}}}})
}

func (m *model) composeTmpfs() []string {
	var list []string
	for _, dir := range m.scratch {
		options := append([]string{"size=" + strconv.Itoa(scratchSize) + "m"}, m.scratchOptions(dir)...)
		list = append(list, dir+":"+strings.Join(options, ","))
	}
	return list
}

func (m *model) composeVolumes() []any {
	var volumes []any
	bind := func(source, target string, readOnly bool) {
		volume := object{{"type", "bind"}, {"source", source}, {"target", target}, {"read_only", readOnly}}
		if !readOnly {
			volume = append(volume, field{"bind", object{{"create_host_path", true}}})
		}
		volumes = append(volumes, volume)
	}
	for _, mount := range m.mounts {
		bind(mount.host, mount.path, !mount.writable)
	}
	for i, dir := range m.secretsDirs {
		source := "./secrets"
		if i > 0 {
			source += "-" + strconv.Itoa(i+1)
		}
		bind(source, dir, true)
		note := "the files of " + source + " are the parameters of " + dir
		if m.uid != 0 {
			note += ": the image's user " + strconv.Itoa(m.uid) + " must be able to read them"
		}
		m.note(note)
	}
	return volumes
}

func (m *model) composeHealth() object {
	command := m.health()
	if command == nil {
		m.note("no health check: --run-dir is empty, and without the control socket nobody answers")
		return nil
	}
	second := func(n int) string { return strconv.Itoa(n) + "s" }
	return object{
		{"test", append([]string{"CMD"}, command...)}, {"interval", second(healthInterval)}, {"timeout", second(m.healthTimeout)},
		{"retries", healthRetries}, {"start_period", second(m.start)},
	}
}

// doubled writes each $ of a text twice: compose and Kubernetes take one for the beginning of a variable.
func doubled(tree any) any {
	switch v := tree.(type) {
	case string:
		return strings.ReplaceAll(v, "$", "$$")
	case []string:
		return doubled(list(v))
	case []any:
		changed := make([]any, len(v))
		for i, item := range v {
			changed[i] = doubled(item)
		}
		return changed
	case object:
		changed := make(object, len(v))
		for i, f := range v {
			changed[i] = field{f.key, doubled(f.value)}
		}
		return changed
	}
	return tree
}
