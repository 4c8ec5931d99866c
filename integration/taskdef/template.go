package taskdef

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"go.yaml.in/yaml/v3"
)

// ReadTemplate reads the task definition of a CloudFormation template. faults also name references that lead nowhere.
func ReadTemplate(data []byte) (task *ecs.RegisterTaskDefinitionInput, faults []string) {
	var template struct {
		Parameters map[string]any `yaml:"Parameters"`
		Resources  map[string]struct {
			Type       string         `yaml:"Type"`
			Properties map[string]any `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(data, &template); err != nil {
		return nil, []string{err.Error()}
	}
	resolve := func(name string) string {
		if _, parameter := template.Parameters[name]; !parameter && template.Resources[name].Type == "" {
			faults = append(faults, "nothing is named "+name)
		}
		return name
	}
	var found any
	for _, r := range template.Resources {
		properties := resolved(r.Properties, resolve)
		if r.Type == "AWS::ECS::TaskDefinition" {
			found = lowered(properties)
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		return nil, append(faults, fmt.Sprintf("the task definition is not JSON: %v", err))
	}
	task, more := Read(text)
	return task, append(faults, more...)
}

// resolved puts the name in the place of a reference.
func resolved(tree any, resolve func(string) string) any {
	switch v := tree.(type) {
	case []any:
		for i := range v {
			v[i] = resolved(v[i], resolve)
		}
	case map[string]any:
		if name, ok := v["Ref"].(string); ok && len(v) == 1 {
			return resolve(name)
		}
		if pair, ok := v["Fn::GetAtt"].([]any); ok && len(v) == 1 {
			return resolve(fmt.Sprint(pair[0]))
		}
		for key := range v {
			v[key] = resolved(v[key], resolve)
		}
	}
	return tree
}

// lowered names the fields as the API does.
func lowered(tree any) any {
	switch v := tree.(type) {
	case []any:
		for i := range v {
			v[i] = lowered(v[i])
		}
	case map[string]any:
		changed := map[string]any{}
		for key, value := range v {
			changed[strings.ToLower(key[:1])+key[1:]] = lowered(value)
		}
		return changed
	}
	return tree
}
