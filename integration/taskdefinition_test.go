//go:build linux

package integration

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// taskDefinition has the fields of ECS's RegisterTaskDefinition that our documents use, with the types that ECS wants:
// what is not here, stands at the wrong level or has the wrong type does not decode.
type taskDefinition struct {
	Family                  string   `json:"family"`
	RequiresCompatibilities []string `json:"requiresCompatibilities"`
	PIDMode                 string   `json:"pidMode"`
	NetworkMode             string   `json:"networkMode"`
	TaskRoleARN             string   `json:"taskRoleArn"`
	ExecutionRoleARN        string   `json:"executionRoleArn"`
	ContainerDefinitions    []struct {
		Name                   string   `json:"name"`
		Image                  string   `json:"image"`
		Essential              bool     `json:"essential"`
		CPU                    int      `json:"cpu"`
		Memory                 int      `json:"memory"`
		MemoryReservation      int      `json:"memoryReservation"`
		Privileged             bool     `json:"privileged"`
		ReadonlyRootFilesystem bool     `json:"readonlyRootFilesystem"`
		EntryPoint             []string `json:"entryPoint"`
		Command                []string `json:"command"`
		Environment            []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"environment"`
		MountPoints []struct {
			SourceVolume  string `json:"sourceVolume"`
			ContainerPath string `json:"containerPath"`
			ReadOnly      bool   `json:"readOnly"`
		} `json:"mountPoints"`
		LinuxParameters struct {
			Capabilities struct {
				Add  []string `json:"add"`
				Drop []string `json:"drop"`
			} `json:"capabilities"`
			Tmpfs []struct {
				ContainerPath string   `json:"containerPath"`
				Size          int      `json:"size"`
				MountOptions  []string `json:"mountOptions"`
			} `json:"tmpfs"`
		} `json:"linuxParameters"`
		StopTimeout int `json:"stopTimeout"`
		HealthCheck *struct {
			Command                                 []string
			Interval, Timeout, Retries, StartPeriod int
		} `json:"healthCheck"`
		LogConfiguration json.RawMessage `json:"logConfiguration"`
	} `json:"containerDefinitions"`
	Volumes []struct {
		Name string `json:"name"`
		Host struct {
			SourcePath string `json:"sourcePath"`
		} `json:"host"`
	} `json:"volumes"`
}

var jsonBlock = regexp.MustCompile("(?s)```json\n(.*?)\n *```")

// wantTaskDefinition finds the task definition in a page and holds it to what the old one got wrong.
func wantTaskDefinition(t *testing.T, page string) {
	t.Helper()
	found := 0
	for _, block := range jsonBlock.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(block[1], "containerDefinitions") {
			continue
		}
		found++
		task := decodeTaskDefinition(t, block[1])
		if task.PIDMode != "host" || task.TaskRoleARN == "" {
			t.Errorf("pidMode is %q at the task's level, the task role %q", task.PIDMode, task.TaskRoleARN)
		}
		wantContainers(t, &task)
	}
	if found == 0 {
		t.Error("README.md has no task definition")
	}
}

// decodeTaskDefinition holds a task definition to what ECS takes.
func decodeTaskDefinition(t *testing.T, text string) taskDefinition {
	t.Helper()
	var task taskDefinition
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&task); err != nil {
		t.Errorf("the task definition: %v", err)
	}
	return task
}

func wantContainers(t *testing.T, task *taskDefinition) {
	t.Helper()
	for _, c := range task.ContainerDefinitions {
		if c.HealthCheck == nil || c.MemoryReservation+c.Memory == 0 {
			t.Errorf("container %s has no health check or no memory", c.Name)
		}
		if c.Privileged && len(c.LinuxParameters.Capabilities.Add) > 0 {
			t.Errorf("container %s: privileged makes the capabilities needless", c.Name)
		}
		for _, variable := range c.Environment {
			if strings.Contains(variable.Name, "KEY") {
				t.Errorf("container %s has %s in clear", c.Name, variable.Name)
			}
		}
	}
}
