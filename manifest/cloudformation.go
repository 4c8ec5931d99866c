package manifest

import (
	"strings"

	"github.com/tsboot/tsboot/boot"
)

// logDays is how long a log group that a template makes keeps the log.
const logDays = 30

// writeCloudFormation is a template without short forms of functions, so that every YAML reader takes it.
func writeCloudFormation(m *model) ([]byte, error) {
	for _, word := range m.words() {
		if strings.Contains(word, "{{resolve:") {
			return nil, boot.Usagef("the word %q: CloudFormation would put a secret in the place of {{resolve:...}}", word)
		}
	}
	role := func(logical string) object { return object{{"Fn::GetAtt", []string{logical, "Arn"}}} }
	task := m.taskDefinition().with("taskRoleArn", role("TaskRole")).with("executionRoleArn", role("ExecutionRole")).
		with("containerDefinitions", []any{m.containerWithLog(object{{"Ref", "LogGroup"}})})
	resources := object{
		resource("LogGroup", "AWS::Logs::LogGroup", object{{"LogGroupName", m.logGroup()}, {"RetentionInDays", logDays}}),
		resource("TaskRole", "AWS::IAM::Role", cfnRole(m.taskRole(), "parameters")),
		resource("ExecutionRole", "AWS::IAM::Role", cfnRole(m.executionRole(), "execution")),
		resource("TaskDefinition", "AWS::ECS::TaskDefinition", capitals(task).(object)),
	}
	template := object{{"AWSTemplateFormatVersion", "2010-09-09"}, {"Description", m.description()}}
	if !m.program {
		template = append(template, field{"Parameters", object{
			{"Cluster", object{{"Type", "String"}, {"Default", "default"}, {"Description", "The cluster on whose instances the agent runs."}}},
		}})
		resources = append(resources, resource("Service", "AWS::ECS::Service", object{
			{"ServiceName", m.name}, {"Cluster", object{{"Ref", "Cluster"}}}, {"SchedulingStrategy", "DAEMON"},
			{"TaskDefinition", object{{"Ref", "TaskDefinition"}}},
		}))
	}
	return yamlText("", append(template, field{"Resources", resources}))
}

func (m *model) description() string {
	return m.name + ", booted by tsboot (profile " + m.profile.Name + ")"
}

func resource(logical, kind string, properties object) field {
	return field{logical, object{{"Type", kind}, {"Properties", properties}}}
}

// cfnRole is a role with its policy inside.
func cfnRole(role object, policyName string) object {
	properties := object{{"RoleName", role.get("roleName")}, {"AssumeRolePolicyDocument", role.get("assumeRolePolicyDocument")}}
	if policy := role.get("policyDocument"); policy != nil {
		properties = append(properties, field{"Policies", []any{object{{"PolicyName", policyName}, {"PolicyDocument", policy}}}})
	}
	return properties
}

// capitals names the fields of the API as CloudFormation does.
func capitals(tree any) any {
	switch v := tree.(type) {
	case object:
		changed := make(object, len(v))
		for i, f := range v {
			changed[i] = field{strings.ToUpper(f.key[:1]) + f.key[1:], capitals(f.value)}
		}
		return changed
	case []any:
		changed := make([]any, len(v))
		for i, item := range v {
			changed[i] = capitals(item)
		}
		return changed
	}
	return tree
}
