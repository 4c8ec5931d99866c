package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// taskDefinition is the input of ECS's RegisterTaskDefinition, as far as the pages use it.
type taskDefinition struct {
	Family                  string       `json:"family"`
	RequiresCompatibilities []string     `json:"requiresCompatibilities"`
	PIDMode                 string       `json:"pidMode,omitempty"`
	IPCMode                 string       `json:"ipcMode,omitempty"`
	NetworkMode             string       `json:"networkMode"`
	TaskRoleARN             string       `json:"taskRoleArn"`
	ExecutionRoleARN        string       `json:"executionRoleArn"`
	ContainerDefinitions    []any        `json:"containerDefinitions"`
	Volumes                 []taskVolume `json:"volumes,omitempty"`
}

type container struct {
	Name                   string          `json:"name"`
	Image                  string          `json:"image"`
	Essential              bool            `json:"essential"`
	Privileged             bool            `json:"privileged,omitempty"`
	DependsOn              []dependency    `json:"dependsOn,omitempty"`
	MemoryReservation      int             `json:"memoryReservation"`
	ReadonlyRootFilesystem bool            `json:"readonlyRootFilesystem"`
	Command                []string        `json:"command"`
	Environment            []variable      `json:"environment"`
	MountPoints            []mountPoint    `json:"mountPoints,omitempty"`
	LinuxParameters        linuxParameters `json:"linuxParameters,omitzero"`
	StopTimeout            int             `json:"stopTimeout"`
	HealthCheck            healthCheck     `json:"healthCheck"`
	LogConfiguration       map[string]any  `json:"logConfiguration"`
}

// first is a container that ends before the agent's starts.
type first struct {
	Name              string   `json:"name"`
	Image             string   `json:"image"`
	Essential         bool     `json:"essential"`
	Privileged        bool     `json:"privileged"`
	MemoryReservation int      `json:"memoryReservation"`
	EntryPoint        []string `json:"entryPoint"`
	Command           []string `json:"command"`
}

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

type linuxParameters struct {
	Capabilities struct {
		Add  []string `json:"add,omitempty"`
		Drop []string `json:"drop"`
	} `json:"capabilities"`
	Tmpfs []tmpfs `json:"tmpfs,omitempty"`
}

type tmpfs struct {
	ContainerPath string   `json:"containerPath"`
	Size          int      `json:"size"`
	MountOptions  []string `json:"mountOptions"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

type taskVolume struct {
	Name string `json:"name"`
	Host struct {
		SourcePath string `json:"sourcePath"`
	} `json:"host"`
}

const (
	region  = "us-east-1"
	account = "111122223333"
)

func (a *agent) path() string { return "/" + a.profile + "/prod" }

func (a *agent) image() string {
	return fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com/%s:1", account, region, a.profile)
}

// command is tsboot's: the image's entrypoint is tsboot itself.
func (a *agent) command() []string {
	return append([]string{"--profile", a.profile, "--ssm-path", a.path()}, a.flags...)
}

func (a *agent) taskDefinition(p *profile) ([]byte, error) {
	t := taskDefinition{
		Family: a.profile, RequiresCompatibilities: []string{"EC2"}, NetworkMode: "host",
		TaskRoleARN:      fmt.Sprintf("arn:aws:iam::%s:role/%s-task", account, a.profile),
		ExecutionRoleARN: fmt.Sprintf("arn:aws:iam::%s:role/ecs-execution", account),
	}
	if a.hostPID {
		t.PIDMode = "host"
	}
	c := container{
		Name: a.profile, Image: a.image(), Essential: true, MemoryReservation: a.memory, ReadonlyRootFilesystem: a.readOnly,
		Command: a.command(), Environment: []variable{{"AWS_REGION", region}}, StopTimeout: 30,
		HealthCheck: healthCheck{Command: []string{"CMD", "/tsboot", "health"}, Interval: 30, Timeout: 10, Retries: 3, StartPeriod: 60},
		LogConfiguration: map[string]any{"logDriver": "awslogs", "options": map[string]string{
			"awslogs-group": "/ecs/" + a.profile, "awslogs-region": region, "awslogs-stream-prefix": "agent",
		}},
	}
	c.LinuxParameters.Capabilities.Add = p.Capabilities
	c.LinuxParameters.Capabilities.Drop = []string{"ALL"}
	if a.readOnly {
		c.LinuxParameters.Tmpfs = a.tmpfs(p)
	}
	for _, v := range a.volumes {
		c.MountPoints = append(c.MountPoints, mountPoint{v.name, v.container, !v.writable})
		volume := taskVolume{Name: v.name}
		volume.Host.SourcePath = v.host
		t.Volumes = append(t.Volumes, volume)
	}
	t.ContainerDefinitions = []any{c}
	if a.privileged {
		t.IPCMode = "host"
		c.Privileged, c.LinuxParameters = true, linuxParameters{}
		c.DependsOn = []dependency{{"init", "COMPLETE"}}
		t.ContainerDefinitions = []any{first{"init", a.image(), false, true, 128, a.init[:1], a.init[1:]}, c}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(t); err != nil {
		return nil, err
	}
	return shortLists.ReplaceAllFunc(b.Bytes(), func(list []byte) []byte {
		return slices.Concat([]byte("["), bytes.Join(bytes.Fields(list[1:len(list)-1]), []byte(" ")), []byte("]"))
	}), nil
}

// shortLists are lists of plain strings without spaces, which a person writes on one line.
var shortLists = regexp.MustCompile(`\[(\s+"[^"\s]*",?)+\s+\]`)

// tmpfs are the directories that must be writable where the root file system is not: in memory, so that no secret is on a disk.
func (a *agent) tmpfs(p *profile) []tmpfs {
	dirs := slices.Concat(p.directories(), []string{"/run/tsboot"}, a.writable)
	slices.Sort(dirs)
	var list []tmpfs
	for _, dir := range slices.Compact(dirs) {
		options := []string{"mode=0755"}
		if a.user != "" {
			options = append(options, fmt.Sprintf("uid=%d", a.uid))
		}
		list = append(list, tmpfs{dir, 16, options})
	}
	return list
}
