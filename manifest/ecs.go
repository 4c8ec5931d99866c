package manifest

import (
	"slices"
	"strconv"
)

// ecsCapabilities are those that a task definition can add (KernelCapabilities of the API). AUDIT_READ, BPF and PERFMON
// are not among them; all of them together, ALL, is more than any agent needs.
var ecsCapabilities = []string{
	"AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK",
	"IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE",
	"SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG", "WAKE_ALARM",
}

// scratchSize is what a directory in memory may hold, in MiB.
const scratchSize = 16

func writeECS(m *model) ([]byte, error) { return m.ecsDocument(m.taskDefinition()), nil }

func writeDaemon(m *model) ([]byte, error) { return m.ecsDocument(m.daemonDefinition()), nil }

func writeFargate(m *model) ([]byte, error) {
	if !m.program {
		m.note("this is the sidecar alone: add the containers of the application to containerDefinitions")
	}
	return m.ecsDocument(m.fargateDefinition()), nil
}

// ecsDocument is a definition with the roles that it names.
func (m *model) ecsDocument(definition object) []byte {
	return jsonText(object{{"taskDefinition", definition}, {"taskRole", m.taskRole()}, {"executionRole", m.executionRole()}})
}

// taskDefinition is the input of RegisterTaskDefinition for hosts.
func (m *model) taskDefinition() object {
	task := object{{"family", m.name}, {"requiresCompatibilities", []string{"EC2"}}}
	if m.hostPID {
		task = append(task, field{"pidMode", "host"})
	}
	network := "host"
	if m.program {
		network = "bridge"
	}
	return slices.Concat(task, object{
		{"networkMode", network},
		{"taskRoleArn", m.roleARN("task")}, {"executionRoleArn", m.roleARN("execution")},
		{"containerDefinitions", []any{m.ecsContainer()}}, {"volumes", m.hostVolumes()},
	})
}

// daemonDefinition is the input of RegisterDaemonTaskDefinition: no network and no compatibility to choose, and the host's
// pid namespace has another name.
func (m *model) daemonDefinition() object {
	pidMode := "none"
	if m.hostPID {
		pidMode = "shared"
	}
	return object{
		{"family", m.name}, {"pidMode", pidMode},
		{"taskRoleArn", m.roleARN("task")}, {"executionRoleArn", m.roleARN("execution")},
		{"cpu", "256"}, {"memory", strconv.Itoa(max(m.memory, 128))},
		{"containerDefinitions", []any{m.ecsContainer()}}, {"volumes", m.hostVolumes()},
	}
}

// fargateDefinition is a task that sees itself only: pidMode task, so that the agent sees the application beside it.
func (m *model) fargateDefinition() object {
	task := object{{"family", m.name}, {"requiresCompatibilities", []string{"FARGATE"}}}
	if !m.program {
		task = append(task, field{"pidMode", "task"})
	}
	cpu, memory := fargateSize(m.memory)
	var volumes []any
	for i := range m.scratch {
		volumes = append(volumes, object{{"name", scratchName(i)}})
	}
	return slices.Concat(task, object{
		{"networkMode", "awsvpc"}, {"cpu", strconv.Itoa(cpu)}, {"memory", strconv.Itoa(memory)},
		{"taskRoleArn", m.roleARN("task")}, {"executionRoleArn", m.roleARN("execution")},
		{"containerDefinitions", []any{m.ecsContainer()}}, {"volumes", volumes},
	})
}

const mostOnFargate = 122880 // MiB of a task

// fargateSize is the least size of a task that holds so much memory: Fargate has fixed pairs of CPU units and MiB.
func fargateSize(memory int) (cpu, size int) {
	for _, pair := range [][2]int{
		{256, 512}, {256, 1024}, {256, 2048}, {512, 3072}, {512, 4096}, {1024, 8192}, {2048, 16384}, {4096, 30720}, {8192, 61440}, {16384, mostOnFargate},
	} {
		if cpu, size = pair[0], pair[1]; memory <= size {
			break
		}
	}
	return cpu, size
}

func scratchName(i int) string { return "scratch-" + strconv.Itoa(i+1) }

// ecsContainer is the same for every kind of ECS.
func (m *model) ecsContainer() object { return m.containerWithLog(m.logGroup()) }

// containerWithLog is the container with a log group, or what a template has in its place.
func (m *model) containerWithLog(group any) object {
	for _, dir := range m.secretsDirs {
		m.note("ECS has nothing to mount at " + dir + " (--secrets-dir): it must be in the image, or be given by --mount")
	}
	log := verbatim{{"awslogs-group", group}, {"awslogs-region", m.region}, {"awslogs-stream-prefix", m.name}}
	if !m.kind.makesLogGroup {
		log = append(log, field{"awslogs-create-group", "true"})
	}
	return object{
		{"name", m.name}, {"image", m.image}, {"essential", true}, {"memoryReservation", m.memory},
		{"readonlyRootFilesystem", m.readOnly}, {"command", m.words()},
		{"mountPoints", m.mountPoints()},
		{"linuxParameters", m.linuxParameters()},
		{"stopTimeout", m.stop},
		{"healthCheck", m.ecsHealth()},
		{"logConfiguration", object{{"logDriver", "awslogs"}, {"options", log}}},
	}
}

func (m *model) linuxParameters() object {
	parameters := object{{"capabilities", object{{"add", m.capabilities}, {"drop", []string{"ALL"}}}}}
	if m.kind.noHost != "" {
		return parameters
	}
	var tmpfs []any
	for _, dir := range m.scratch {
		tmpfs = append(tmpfs, object{{"containerPath", dir}, {"size", scratchSize}, {"mountOptions", m.scratchOptions(dir)}})
	}
	return append(parameters, field{"tmpfs", tmpfs})
}

// scratchOptions are the mount options of a directory in memory.
func (m *model) scratchOptions(dir string) []string {
	if dir == "/tmp" {
		return []string{"mode=1777"}
	}
	if m.uid == 0 {
		return []string{"mode=0755"}
	}
	return []string{"mode=0755", "uid=" + strconv.Itoa(m.uid)}
}

func (m *model) ecsHealth() object {
	command := m.health()
	if command == nil {
		m.note("no health check: --run-dir is empty, and without the control socket nobody answers")
		return nil
	}
	return object{
		{"command", append([]string{"CMD"}, command...)},
		{"interval", healthInterval}, {"timeout", m.healthTimeout}, {"retries", healthRetries}, {"startPeriod", m.start},
	}
}

func (m *model) mountPoints() []any {
	var points []any
	for _, mount := range m.mounts {
		points = append(points, object{{"sourceVolume", mount.name}, {"containerPath", mount.path}, {"readOnly", !mount.writable}})
	}
	if m.kind.noHost != "" { // no directory in memory there: volumes of the task
		for i, dir := range m.scratch {
			points = append(points, object{{"sourceVolume", scratchName(i)}, {"containerPath", dir}, {"readOnly", false}})
		}
	}
	return points
}

func (m *model) hostVolumes() []any {
	var volumes []any
	for _, mount := range m.mounts {
		volumes = append(volumes, object{{"name", mount.name}, {"host", object{{"sourcePath", mount.host}}}})
	}
	return volumes
}
