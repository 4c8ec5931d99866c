package secretstest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// TaskURL is a stand-in for the task metadata endpoint, for
// ECS_CONTAINER_METADATA_URI_V4. It describes a task of one container.
func (s *Server) TaskURL() string { return s.url + "/_secretstest/v4/0123456789abcdef" }

// SetTask changes what the metadata of the task has: keys are added or replaced,
// and those with a nil value removed.
func (s *Server) SetTask(keys map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.task == nil {
		s.task = map[string]any{}
	}
	maps.Copy(s.task, keys)
}

// taskAnswer is the metadata of the task, or of tsboot's container.
func (s *Server) taskAnswer(r *http.Request) answer {
	container := map[string]any{
		"DockerId": "43481a6ce4842eec8fe72fc28500c6b52edcc0917f105b83379f88cac1ff3946",
		"Name":     "agent", "Image": s.account + ".dkr.ecr." + s.region + ".amazonaws.com/agent:3.1",
	}
	if !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/task") {
		return plainJSON(container)
	}
	task := map[string]any{
		"Cluster":       "security",
		"TaskARN":       fmt.Sprintf("arn:%s:ecs:%s:%s:task/security/158d1c8083dd49d6b527399fd6414f5c", partition(s.region), s.region, s.account),
		"Family":        "agent",
		"Revision":      "7",
		"DesiredStatus": "RUNNING", "KnownStatus": "RUNNING", "LaunchType": "EC2",
		"Containers":       []any{container},
		"AvailabilityZone": s.region + "a",
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(task, s.task)
	maps.DeleteFunc(task, func(_ string, value any) bool { return value == nil })
	return plainJSON(task)
}
