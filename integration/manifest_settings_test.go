//go:build linux

package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/compose-spec/compose-go/v2/loader"
	compose "github.com/compose-spec/compose-go/v2/types"
	apps "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"github.com/tsboot/tsboot/integration/taskdef"
)

// engineContainer is a container as the Engine API creates it. A health check in exec form has no flag of docker run.
type engineContainer struct {
	Image       string
	Cmd, Env    []string
	Healthcheck *engineHealth
	StopTimeout int
	HostConfig  engineHost
}

type engineHealth struct {
	Test                           []string
	Interval, Timeout, StartPeriod time.Duration
	Retries                        int
}

type engineHost struct {
	PidMode, NetworkMode string
	ReadonlyRootfs       bool
	CapAdd, CapDrop      []string
	Tmpfs                map[string]string
	Mounts               []engineMount
}

type engineMount struct {
	Type, Source, Target string
	ReadOnly             bool
}

// settings are the container settings of a manifest that an engine has, by kind. CloudFormation and Terraform have the
// container of ecs (manifest.TestTemplates compares them).
var settings = map[string]func(t *testing.T, text []byte) *engineContainer{
	"ecs": ofTask, "fargate": ofTask, "ecs-daemon": ofDaemonTask, "kubernetes": ofPod, "compose": ofService,
}

func taskDefinition(t *testing.T, text []byte) []byte {
	t.Helper()
	var document struct{ TaskDefinition json.RawMessage }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.TaskDefinition
}

func ofTask(t *testing.T, text []byte) *engineContainer {
	t.Helper()
	task, faults := taskdef.Read(taskDefinition(t, text))
	if len(faults) > 0 {
		t.Fatal(strings.Join(faults, "\n"))
	}
	c := &task.ContainerDefinitions[0]
	e := &engineContainer{Image: aws.ToString(c.Image), Cmd: c.Command, StopTimeout: int(aws.ToInt32(c.StopTimeout)), Healthcheck: ofECSHealth(c.HealthCheck)}
	e.HostConfig.PidMode = map[types.PidMode]string{types.PidModeHost: "host"}[task.PidMode]
	e.HostConfig.ReadonlyRootfs = aws.ToBool(c.ReadonlyRootFilesystem)
	e.ofLinux(c.LinuxParameters.Capabilities, c.LinuxParameters.Tmpfs)
	hosts := map[string]string{}
	for _, v := range task.Volumes {
		if v.Host != nil {
			hosts[aws.ToString(v.Name)] = aws.ToString(v.Host.SourcePath)
		}
	}
	e.ofMountPoints(c.MountPoints, hosts)
	return e
}

func ofDaemonTask(t *testing.T, text []byte) *engineContainer {
	t.Helper()
	task, faults := taskdef.ReadDaemon(taskDefinition(t, text))
	if len(faults) > 0 {
		t.Fatal(strings.Join(faults, "\n"))
	}
	c := &task.ContainerDefinitions[0]
	e := &engineContainer{Image: aws.ToString(c.Image), Cmd: c.Command, StopTimeout: int(aws.ToInt32(c.StopTimeout)), Healthcheck: ofECSHealth(c.HealthCheck)}
	if task.PidMode == types.DaemonPidModeShared {
		e.HostConfig.PidMode = "host"
	}
	e.HostConfig.ReadonlyRootfs = aws.ToBool(c.ReadonlyRootFilesystem)
	e.ofLinux(c.LinuxParameters.Capabilities, c.LinuxParameters.Tmpfs)
	hosts := map[string]string{}
	for _, v := range task.Volumes {
		hosts[aws.ToString(v.Name)] = aws.ToString(v.Host.SourcePath)
	}
	e.ofMountPoints(c.MountPoints, hosts)
	return e
}

func ofECSHealth(h *types.HealthCheck) *engineHealth {
	seconds := func(n *int32) time.Duration { return time.Duration(aws.ToInt32(n)) * time.Second }
	return &engineHealth{Test: h.Command, Interval: seconds(h.Interval), Timeout: seconds(h.Timeout), StartPeriod: seconds(h.StartPeriod), Retries: int(aws.ToInt32(h.Retries))}
}

func (e *engineContainer) ofLinux(capabilities *types.KernelCapabilities, tmpfs []types.Tmpfs) {
	e.HostConfig.CapAdd, e.HostConfig.CapDrop, e.HostConfig.Tmpfs = capabilities.Add, capabilities.Drop, map[string]string{}
	for _, m := range tmpfs {
		e.HostConfig.Tmpfs[aws.ToString(m.ContainerPath)] = strings.Join(append(m.MountOptions, fmt.Sprintf("size=%dm", m.Size)), ",")
	}
}

// ofMountPoints takes the mounts of the host; what has no host is a volume of the engine.
func (e *engineContainer) ofMountPoints(points []types.MountPoint, hosts map[string]string) {
	for _, p := range points {
		m := engineMount{Type: "volume", Target: aws.ToString(p.ContainerPath), ReadOnly: aws.ToBool(p.ReadOnly)}
		if host := hosts[aws.ToString(p.SourceVolume)]; host != "" {
			m.Type, m.Source = "bind", host
		}
		e.HostConfig.Mounts = append(e.HostConfig.Mounts, m)
	}
}

func ofPod(t *testing.T, text []byte) *engineContainer {
	t.Helper()
	_, text, _ = bytes.Cut(text, []byte("\n---\n"))
	var set apps.DaemonSet
	if err := yaml.UnmarshalStrict(text, &set); err != nil {
		t.Fatal(err)
	}
	pod := &set.Spec.Template.Spec
	c := &pod.Containers[0]
	e := &engineContainer{Image: c.Image, StopTimeout: int(*pod.TerminationGracePeriodSeconds), HostConfig: engineHost{Tmpfs: map[string]string{}}}
	for _, arg := range c.Args {
		e.Cmd = append(e.Cmd, strings.ReplaceAll(arg, "$$", "$"))
	}
	if pod.HostPID {
		e.HostConfig.PidMode = "host"
	}
	e.HostConfig.ReadonlyRootfs = *c.SecurityContext.ReadOnlyRootFilesystem
	for _, name := range c.SecurityContext.Capabilities.Add {
		e.HostConfig.CapAdd = append(e.HostConfig.CapAdd, string(name))
	}
	for _, name := range c.SecurityContext.Capabilities.Drop {
		e.HostConfig.CapDrop = append(e.HostConfig.CapDrop, string(name))
	}
	second := func(n int32) time.Duration { return time.Duration(n) * time.Second }
	e.Healthcheck = &engineHealth{
		Test: append([]string{"CMD"}, c.LivenessProbe.Exec.Command...), Interval: second(c.LivenessProbe.PeriodSeconds), Timeout: second(c.LivenessProbe.TimeoutSeconds),
		Retries: int(c.LivenessProbe.FailureThreshold), StartPeriod: second(c.StartupProbe.PeriodSeconds * c.StartupProbe.FailureThreshold),
	}
	for i, v := range pod.Volumes {
		m := c.VolumeMounts[i]
		if v.EmptyDir != nil {
			e.HostConfig.Tmpfs[m.MountPath] = "mode=0777"
			continue
		}
		e.HostConfig.Mounts = append(e.HostConfig.Mounts, engineMount{Type: "bind", Source: v.HostPath.Path, Target: m.MountPath, ReadOnly: m.ReadOnly})
	}
	return e
}

func ofService(t *testing.T, text []byte) *engineContainer {
	t.Helper()
	project, err := loader.LoadWithContext(t.Context(), compose.ConfigDetails{
		WorkingDir: "/", Environment: compose.Mapping{}, ConfigFiles: []compose.ConfigFile{{Filename: "compose.yaml", Content: text}},
	}, func(o *loader.Options) { o.SetProjectName("manifest", true) })
	if err != nil {
		t.Fatal(err)
	}
	e := &engineContainer{HostConfig: engineHost{Tmpfs: map[string]string{}}}
	for _, s := range project.Services {
		h := s.HealthCheck
		e.Image, e.Cmd, e.StopTimeout = s.Image, s.Command, int(time.Duration(*s.StopGracePeriod)/time.Second)
		e.Healthcheck = &engineHealth{Test: h.Test, Interval: time.Duration(*h.Interval), Timeout: time.Duration(*h.Timeout), StartPeriod: time.Duration(*h.StartPeriod), Retries: int(*h.Retries)}
		e.HostConfig.PidMode, e.HostConfig.ReadonlyRootfs, e.HostConfig.CapAdd, e.HostConfig.CapDrop = s.Pid, s.ReadOnly, s.CapAdd, s.CapDrop
		for _, tmpfs := range s.Tmpfs {
			target, options, _ := strings.Cut(tmpfs, ":")
			e.HostConfig.Tmpfs[target] = options
		}
		for _, v := range s.Volumes {
			e.HostConfig.Mounts = append(e.HostConfig.Mounts, engineMount{Type: v.Type, Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly})
		}
	}
	return e
}
