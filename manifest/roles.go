package manifest

import (
	"maps"
	"regexp"
	"slices"

	"github.com/tsboot/tsboot/secrets/ssm"
)

const policyVersion = "2012-10-17"

// taskRole is what tsboot and the agent may do: read the parameters, by the policy of tsboot iam-policy.
func (m *model) taskRole() object {
	role := m.role("task")
	if m.policy == nil { // a policy without statements is refused
		return append(role, field{"managedPolicyArns", noItems{}})
	}
	return append(role, field{"policyDocument", m.taskPolicy()})
}

// executionRole is what ECS itself may do for the task: pull the image, write the log.
func (m *model) executionRole() object {
	return append(m.role("execution"), field{"policyDocument", m.executionPolicy()})
}

func (m *model) role(what string) object {
	return object{{"roleName", m.roleName(what)}, {"assumeRolePolicyDocument", m.trust()}}
}

// trust lets ECS alone take the role, for tasks of this account.
func (m *model) trust() object {
	return object{{"Version", policyVersion}, {"Statement", []any{object{
		{"Effect", "Allow"},
		{"Principal", object{{"Service", "ecs-tasks.amazonaws.com"}}},
		{"Action", "sts:AssumeRole"},
		{"Condition", verbatim{
			{"StringEquals", verbatim{{"aws:SourceAccount", m.account}}},
			{"ArnLike", verbatim{{"aws:SourceArn", m.arn("ecs", "*")}}},
		}},
	}}}}
}

func (m *model) arn(service, resource string) string {
	return "arn:" + ssm.PartitionOf(m.region) + ":" + service + ":" + m.region + ":" + m.account + ":" + resource
}

// taskPolicy is the policy as a tree.
func (m *model) taskPolicy() object {
	var statements []any
	for _, s := range m.policy.Statement {
		var conditions verbatim
		for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
			var keys verbatim
			for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
				keys = append(keys, field{key, s.Condition[operator][key]})
			}
			conditions = append(conditions, field{operator, keys})
		}
		statement := object{{"Sid", s.Sid}, {"Effect", s.Effect}, {"Action", s.Action}, {"Resource", s.Resource}}
		if conditions != nil {
			statement = append(statement, field{"Condition", conditions})
		}
		statements = append(statements, statement)
	}
	return object{{"Version", m.policy.Version}, {"Statement", statements}}
}

// registry finds account, region and repository of an image in ECR. Placeholders are names, too.
var registry = regexp.MustCompile(`^([0-9A-Z]+)\.dkr\.ecr\.([a-zA-Z0-9-]+)\.[a-z.]+/([^:@]+)`)

func (m *model) executionPolicy() object {
	group := m.arn("logs", "log-group:"+m.logGroup())
	write := []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	if !m.kind.makesLogGroup {
		write = append([]string{"logs:CreateLogGroup"}, write...)
	}
	statements := []any{allow("WriteLog", write, group+":*")} // the star is for the streams of this group
	if image := registry.FindStringSubmatch(m.image); image != nil {
		repository := "arn:" + ssm.PartitionOf(image[2]) + ":ecr:" + image[2] + ":" + image[1] + ":repository/" + image[3]
		statements = append(statements,
			allow("PullImage", []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, repository),
			allow("LogInToRegistry", []string{"ecr:GetAuthorizationToken"}, "*"), // ECR has no resource for it
		)
	}
	return object{{"Version", policyVersion}, {"Statement", statements}}
}

func allow(sid string, actions []string, resource string) object {
	return object{{"Sid", sid}, {"Effect", "Allow"}, {"Action", actions}, {"Resource", []string{resource}}}
}
