package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	region  = "us-east-1"
	account = "111122223333"
)

func (a *agent) path() string { return "/" + a.profile + "/prod" }

// manifest is the command that prints the page's deployment.
func (a *agent) manifest(place ...string) []string {
	return slices.Concat([]string{"manifest", "ecs", "--profile", a.profile, "--ssm-path", a.path()}, place, a.flags)
}

// taskDefinition is the one that the page shows, of the document that tsboot prints.
func (a *agent) taskDefinition(tsboot string) (string, error) {
	out, err := tsbootOutput(tsboot, a.manifest("--account", account, "--region", region)...)
	if err != nil {
		return "", err
	}
	var document struct{ TaskDefinition json.RawMessage }
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		return "", fmt.Errorf("output of tsboot manifest: %w", err)
	}
	return strings.ReplaceAll(string(document.TaskDefinition), "\n  ", "\n"), nil
}

// before is the container that the vendor wants to end before the agent's starts; "" for none.
func (a *agent) before() string {
	if a.init == nil {
		return ""
	}
	word := func(list []string) string { return `"` + strings.Join(list, `", "`) + `"` }
	return fmt.Sprintf(`{
  "name": "init", "image": "%s.dkr.ecr.%s.amazonaws.com/%s:1", "essential": false, "privileged": true, "memoryReservation": 128,
  "entryPoint": [%s], "command": [%s]
}`, account, region, a.profile, word(a.init[:1]), word(a.init[1:]))
}
