package manifest

import (
	"strings"
)

// block is a block of HCL: its head, and attributes or blocks in it.
type block struct {
	head       string
	attributes object
	blocks     []block
}

// writeTerraform is a file for a module that has the provider aws.
func writeTerraform(m *model) ([]byte, error) {
	label := strings.ReplaceAll(m.name, "-", "_")
	named := func(kind, label string) string { return `resource "` + kind + `" "` + label + `"` }
	group := expression("aws_cloudwatch_log_group." + label + ".name")
	file := []block{
		{head: named("aws_cloudwatch_log_group", label), attributes: object{{"name", m.logGroup()}, {"retention_in_days", logDays}}},
	}
	var policies []any // without them the first task has no access
	for _, role := range []struct {
		label, policy string
		tree          object
	}{{label + "_task", "parameters", m.taskRole()}, {label + "_execution", "execution", m.executionRole()}} {
		file = append(file, block{head: named("aws_iam_role", role.label), attributes: object{
			{"name", role.tree.get("roleName")}, {"assume_role_policy", jsonencode(role.tree.get("assumeRolePolicyDocument"))},
		}})
		if policy := role.tree.get("policyDocument"); policy != nil {
			policies = append(policies, expression("aws_iam_role_policy."+role.label))
			file = append(file, block{head: named("aws_iam_role_policy", role.label), attributes: object{
				{"name", role.policy}, {"role", expression("aws_iam_role." + role.label + ".id")}, {"policy", jsonencode(policy)},
			}})
		}
	}
	file = append(file, m.terraformTask(named("aws_ecs_task_definition", label), label, group))
	if !m.program {
		file = append([]block{{head: `variable "cluster"`, attributes: object{
			{"description", "The cluster on whose instances the agent runs."}, {"type", expression("string")}, {"default", "default"},
		}}}, append(file, block{head: named("aws_ecs_service", label), attributes: object{
			{"name", m.name}, {"cluster", expression("var.cluster")}, {"scheduling_strategy", "DAEMON"},
			{"task_definition", expression("aws_ecs_task_definition." + label + ".arn")}, {"depends_on", policies},
		}})...)
	}
	return hclFile("# "+m.description()+"\n", file), nil
}

func (m *model) terraformTask(head, label string, group expression) block {
	task := m.taskDefinition()
	b := block{head: head, attributes: object{
		{"family", m.name}, {"requires_compatibilities", task.get("requiresCompatibilities")}, {"pid_mode", task.get("pidMode")},
		{"network_mode", task.get("networkMode")},
		{"task_role_arn", expression("aws_iam_role." + label + "_task.arn")}, {"execution_role_arn", expression("aws_iam_role." + label + "_execution.arn")},
		{"container_definitions", jsonencode([]any{m.containerWithLog(group)})},
	}}
	for _, mount := range m.mounts {
		b.blocks = append(b.blocks, block{head: "volume", attributes: object{{"name", mount.name}, {"host_path", mount.host}}})
	}
	return b
}

// jsonencode is JSON that Terraform makes, so that references can stand in it.
func jsonencode(tree any) expression { return expression("jsonencode(" + hclText(tree, "  ") + ")") }

func hclFile(head string, blocks []block) []byte {
	var b strings.Builder
	b.WriteString(head)
	for _, block := range blocks {
		b.WriteString("\n")
		block.write(&b, "")
	}
	return []byte(b.String())
}

func (k *block) write(b *strings.Builder, indent string) {
	b.WriteString(indent + k.head + " {\n")
	for _, f := range k.attributes.fields() {
		b.WriteString(indent + "  " + f.key + " = " + hclText(f.value, indent+"  ") + "\n")
	}
	for _, inner := range k.blocks {
		b.WriteString("\n")
		inner.write(b, indent+"  ")
	}
	b.WriteString(indent + "}\n")
}
