package taskdef

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Read reads the input of RegisterTaskDefinition. faults name all that ECS would refuse and all that tsboot does not do.
func Read(data []byte) (task *ecs.RegisterTaskDefinitionInput, faults []string) {
	task = &ecs.RegisterTaskDefinitionInput{}
	faults = shapeFaults(data, reflect.TypeOf(*task))
	_ = json.Unmarshal(data, task) // what is wrong is named above; the rest is read
	return task, append(faults, taskFaults(task)...)
}

// ReadDaemon reads the input of RegisterDaemonTaskDefinition.
func ReadDaemon(data []byte) (task *ecs.RegisterDaemonTaskDefinitionInput, faults []string) {
	task = &ecs.RegisterDaemonTaskDefinitionInput{}
	faults = shapeFaults(data, reflect.TypeOf(*task))
	_ = json.Unmarshal(data, task)
	if aws.ToString(task.TaskRoleArn) == "" || aws.ToString(task.ExecutionRoleArn) == "" {
		faults = append(faults, "a role is missing")
	}
	var volumes []string
	for _, v := range task.Volumes {
		volumes = append(volumes, aws.ToString(v.Name))
	}
	for _, c := range task.ContainerDefinitions {
		both := types.ContainerDefinition{
			Name: c.Name, Image: c.Image, Essential: c.Essential, Privileged: c.Privileged, Memory: c.Memory, MemoryReservation: c.MemoryReservation,
			Command: c.Command, Environment: c.Environment, MountPoints: c.MountPoints, StopTimeout: c.StopTimeout, HealthCheck: c.HealthCheck,
			LogConfiguration: c.LogConfiguration, ReadonlyRootFilesystem: c.ReadonlyRootFilesystem,
		}
		if c.LinuxParameters != nil {
			both.LinuxParameters = &types.LinuxParameters{Capabilities: c.LinuxParameters.Capabilities, Tmpfs: c.LinuxParameters.Tmpfs}
		}
		faults = append(faults, containerFaults(&both, volumes, false)...)
	}
	return task, faults
}

func taskFaults(task *ecs.RegisterTaskDefinitionInput) []string {
	var faults []string
	fault := func(wrong bool, text string) {
		if wrong {
			faults = append(faults, text)
		}
	}
	fargate := slices.Contains(task.RequiresCompatibilities, types.CompatibilityFargate)
	fault(aws.ToString(task.TaskRoleArn) == "", "taskRoleArn is missing: nothing may read the parameters")
	fault(aws.ToString(task.ExecutionRoleArn) == "", "executionRoleArn is missing: nothing may write the log")
	fault(!familyPattern.MatchString(aws.ToString(task.Family)), "family is not a name")
	hosts := slices.ContainsFunc(task.Volumes, func(v types.Volume) bool { return v.Host != nil && aws.ToString(v.Host.SourcePath) == "/" })
	fault(hosts && task.PidMode != types.PidModeHost, "pidMode is not host, and the agent sees the host's files")
	fault(fargate && task.PidMode == types.PidModeHost, "pidMode host on Fargate")
	fault(fargate && task.NetworkMode != types.NetworkModeAwsvpc, "networkMode is not awsvpc on Fargate")
	fault(fargate && (task.Cpu == nil || task.Memory == nil), "cpu or memory of the task is missing on Fargate")
	fault(len(task.ContainerDefinitions) == 0, "there is no container")
	var volumes []string
	for _, v := range task.Volumes {
		volumes = append(volumes, aws.ToString(v.Name))
		fault(fargate && v.Host != nil, "a volume of the host on Fargate")
		fault(v.Host != nil && !strings.HasPrefix(aws.ToString(v.Host.SourcePath), "/"), "a volume has no absolute path")
	}
	for _, c := range task.ContainerDefinitions {
		faults = append(faults, containerFaults(&c, volumes, fargate)...)
	}
	return faults
}

var (
	familyPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,255}$`)
	secretWords   = regexp.MustCompile(`(?i)KEY|SECRET|TOKEN|PASS`)
)

func containerFaults(c *types.ContainerDefinition, volumes []string, fargate bool) []string {
	var faults []string
	fault := func(wrong bool, text string, args ...any) {
		if wrong {
			faults = append(faults, "container "+aws.ToString(c.Name)+": "+fmt.Sprintf(text, args...))
		}
	}
	fault(!familyPattern.MatchString(aws.ToString(c.Name)) || aws.ToString(c.Image) == "", "no name or no image")
	fault(aws.ToBool(c.Privileged), "privileged")
	fault(aws.ToInt32(c.Memory)+aws.ToInt32(c.MemoryReservation) == 0, "no memory")
	fault(c.LogConfiguration == nil, "no log driver")
	for _, variable := range c.Environment {
		fault(secretWords.MatchString(aws.ToString(variable.Name)), "%s in the clear", aws.ToString(variable.Name))
	}
	healthFaults(c, fault)
	stop := aws.ToInt32(c.StopTimeout)
	fault(stop <= grace(c.Command) || stop > 120, "stopTimeout %d is not above the grace, or above 120", stop)
	if c.LinuxParameters == nil || c.LinuxParameters.Capabilities == nil || !slices.Equal(c.LinuxParameters.Capabilities.Drop, []string{"ALL"}) {
		fault(true, "capabilities are not dropped")
	}
	if l := c.LinuxParameters; l != nil && l.Capabilities != nil {
		fault(fargate && len(l.Tmpfs) > 0, "tmpfs on Fargate")
		for _, name := range l.Capabilities.Add {
			fault(!slices.Contains(capabilities, name), "ECS has no capability %s", name)
			fault(fargate && name != "SYS_PTRACE", "Fargate cannot add %s", name)
		}
	}
	twice := map[string]bool{}
	if c.LinuxParameters != nil {
		for _, m := range c.LinuxParameters.Tmpfs {
			path := aws.ToString(m.ContainerPath)
			fault(!strings.HasPrefix(path, "/") || path == "/" || m.Size < 1, "tmpfs of %d MiB at %q", m.Size, path)
			fault(twice[path], "%s is mounted twice", path)
			twice[path] = true
		}
	}
	for _, m := range c.MountPoints {
		path := aws.ToString(m.ContainerPath)
		fault(twice[path], "%s is mounted twice", path)
		twice[path] = true
		fault(!slices.Contains(volumes, aws.ToString(m.SourceVolume)), "no volume %s", aws.ToString(m.SourceVolume))
		fault(!strings.HasPrefix(path, "/") || path == "/", "mount at %q", path)
		fault(strings.HasSuffix(path, "docker.sock") && !aws.ToBool(m.ReadOnly), "%s is writable", path)
	}
	return faults
}

func healthFaults(c *types.ContainerDefinition, fault func(bool, string, ...any)) {
	h := c.HealthCheck
	if h == nil {
		fault(true, "no health check")
		return
	}
	fault(len(h.Command) < 3 || h.Command[0] != "CMD" || h.Command[1] != "/tsboot" || h.Command[2] != "health", "health check %q", h.Command)
	for _, number := range []struct {
		name        string
		value       *int32
		least, most int32
	}{{"interval", h.Interval, 5, 300}, {"timeout", h.Timeout, 2, 60}, {"retries", h.Retries, 1, 10}, {"startPeriod", h.StartPeriod, max(30, flagSeconds(c.Command, "--splay", 0)), 300}} {
		value := aws.ToInt32(number.value)
		fault(value < number.least || value > number.most, "%s %d is not in %d to %d", number.name, value, number.least, number.most)
	}
}

// grace is that of the command, in seconds.
func grace(command []string) int32 { return flagSeconds(command, "--grace", 25) }

func flagSeconds(command []string, flag string, otherwise int32) int32 {
	i := slices.Index(command, flag)
	if i < 0 || i+1 >= len(command) {
		return otherwise
	}
	d, err := time.ParseDuration(command[i+1])
	if err != nil {
		return otherwise
	}
	return int32(d.Seconds())
}

// capabilities are those of the API (types.KernelCapabilities).
var capabilities = strings.Fields(`AUDIT_CONTROL AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK
	IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID
	SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG
	SYSLOG WAKE_ALARM`)
