package manifest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/taskdef"
	"github.com/tsboot/tsboot/manifest"
)

// hostile are words that a writer of JSON, YAML, HCL or units may get wrong.
var hostile = []string{
	"a b", "", `"`, `'`, `\`, `\n`, "new\nline", "tab\t", "$HOME", "${x}", "$${x}", "$$${x}", "%{if x}", "%%{x}", "%d", "%%", "$(x)", "$$(x)", "{{ x }}",
	"yes", "null", "1", "1e3", "~", "# c", "- a", "a: b", "&a", "*a", "!a", "é", "\x01", "\x7f", "\u0085", "\u2028", "\ufeff", "|", ">", "-x", ";", "=",
}

func hostileDeployment() manifest.Options {
	o := deployment("exec")
	o.Boot.Command = append([]string{"/bin/server"}, hostile...)
	return o
}

// wantHostile: the words after -- are those that were given.
func wantHostile(t *testing.T, words []string) {
	t.Helper()
	i := slices.Index(words, "--")
	if got := words[i+1:]; i < 0 || !slices.Equal(got, append([]string{"/bin/server"}, hostile...)) {
		t.Errorf("the words are\n%q, want\n%q", got, hostile)
	}
}

func TestHostileWordsOnECS(t *testing.T) {
	t.Parallel()
	wantHostile(t, task(t, "ecs", hostileDeployment()).ContainerDefinitions[0].Command)
	wantHostile(t, cloudFormationTask(t, hostileDeployment()).ContainerDefinitions[0].Command)
	wantHostile(t, terraformTask(t, hostileDeployment()).ContainerDefinitions[0].Command)
}

// TestEqualSign: a word "=" is quoted, because it is a type of its own for readers of YAML 1.1, cfn-lint among them.
func TestEqualSign(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cloudformation", "compose", "kubernetes"} {
		if text := make1(t, kind, hostileDeployment()).Text; !bytes.Contains(text, []byte(`"="`)) {
			t.Errorf("%s has a bare =\n%s", kind, text)
		}
	}
}

// TestTemplates: the task of a template is that of ecs in all but the log group, which the template makes, and the roles.
func TestTemplates(t *testing.T) {
	t.Parallel()
	everyProfile(t, func(t *testing.T, name string) {
		want := plainTask(t, task(t, "ecs", deployment(name)))
		for kind, read := range map[string]func(*testing.T, manifest.Options) *ecs.RegisterTaskDefinitionInput{"cloudformation": cloudFormationTask, "terraform": terraformTask} {
			if got := plainTask(t, read(t, deployment(name))); got != want {
				t.Errorf("%s has another task:\n%s\n%s", kind, got, want)
			}
			if service := strings.Contains(string(make1(t, kind, deployment(name)).Text), "DAEMON"); service != (name != "exec") {
				t.Errorf("%s: a service: %v", kind, service)
			}
		}
	})
}

// TestServiceAfterPolicies: a task that starts before its role has the policy ends with 77.
func TestServiceAfterPolicies(t *testing.T) {
	t.Parallel()
	want := "depends_on = [aws_iam_role_policy.snmpd_task, aws_iam_role_policy.snmpd_execution]"
	if text := string(make1(t, "terraform", deployment("snmpd")).Text); !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
}

func plainTask(t *testing.T, task *ecs.RegisterTaskDefinitionInput) string {
	t.Helper()
	task.TaskRoleArn, task.ExecutionRoleArn = nil, nil
	options := task.ContainerDefinitions[0].LogConfiguration.Options
	delete(options, "awslogs-group")
	delete(options, "awslogs-create-group")
	data, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "[]", "null")
}

// cloudFormationTask is the task of a template whose references all lead to a resource or parameter.
func cloudFormationTask(t *testing.T, o manifest.Options) *ecs.RegisterTaskDefinitionInput {
	t.Helper()
	text := make1(t, "cloudformation", o).Text
	task, faults := taskdef.ReadTemplate(text)
	if len(faults) > 0 || len(task.ContainerDefinitions) != 1 {
		t.Fatalf("%s\n%s", strings.Join(faults, "\n"), text)
	}
	return task
}

func readTask(t *testing.T, tree any) *ecs.RegisterTaskDefinitionInput {
	t.Helper()
	data, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	task, faults := taskdef.Read(data)
	if len(faults) > 0 || len(task.ContainerDefinitions) != 1 {
		t.Fatalf("%s\n%s", strings.Join(faults, "\n"), data)
	}
	return task
}

// terraformTask is the task of a file that Terraform's parser reads and whose references all lead to a block.
func terraformTask(t *testing.T, o manifest.Options) *ecs.RegisterTaskDefinitionInput {
	t.Helper()
	text := make1(t, "terraform", o).Text
	file, diags := hclsyntax.ParseConfig(text, "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, text)
	}
	body := file.Body.(*hclsyntax.Body)
	variables := map[string]map[string]cty.Value{} // by type and name; a resource has what others ask for
	for _, b := range body.Blocks {
		kind, attributes := "var", cty.StringVal("default")
		if b.Type == "resource" {
			kind, attributes = b.Labels[0], cty.ObjectVal(map[string]cty.Value{
				"arn": cty.StringVal("arn"), "id": cty.StringVal("id"), "name": cty.StringVal("name"),
			})
		}
		if variables[kind] == nil {
			variables[kind] = map[string]cty.Value{}
		}
		variables[kind][b.Labels[len(b.Labels)-1]] = attributes
	}
	context := &hcl.EvalContext{Variables: map[string]cty.Value{"string": cty.StringVal("string")}, Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}}
	for kind, names := range variables {
		context.Variables[kind] = cty.ObjectVal(names)
	}
	for _, b := range body.Blocks {
		values := evaluate(t, b.Body, context)
		if b.Type == "resource" && b.Labels[0] == "aws_ecs_task_definition" {
			return readTask(t, terraformTree(t, values, b.Body.Blocks, context))
		}
	}
	t.Fatal("there is no task definition")
	return nil
}

func evaluate(t *testing.T, body *hclsyntax.Body, context *hcl.EvalContext) map[string]cty.Value {
	t.Helper()
	values := map[string]cty.Value{}
	for name, attribute := range body.Attributes {
		value, diags := attribute.Expr.Value(context)
		if diags.HasErrors() {
			t.Errorf("%s: %v", name, diags)
		}
		values[name] = value
	}
	return values
}

// terraformTree is a task definition under the API's names.
func terraformTree(t *testing.T, values map[string]cty.Value, blocks hclsyntax.Blocks, context *hcl.EvalContext) map[string]any {
	t.Helper()
	tree := map[string]any{}
	for ours, api := range map[string]string{
		"family": "family", "pid_mode": "pidMode", "network_mode": "networkMode", "task_role_arn": "taskRoleArn", "execution_role_arn": "executionRoleArn",
	} {
		if value, ok := values[ours]; ok {
			tree[api] = value.AsString()
		}
	}
	var containers any
	if err := json.Unmarshal([]byte(values["container_definitions"].AsString()), &containers); err != nil {
		t.Fatal(err)
	}
	tree["containerDefinitions"], tree["requiresCompatibilities"] = containers, []string{values["requires_compatibilities"].AsValueSlice()[0].AsString()}
	var volumes []any
	for _, b := range blocks {
		volume := evaluate(t, b.Body, context)
		volumes = append(volumes, map[string]any{"name": volume["name"].AsString(), "host": map[string]any{"sourcePath": volume["host_path"].AsString()}})
	}
	tree["volumes"] = volumes
	return tree
}

func TestCfnLint(t *testing.T) {
	t.Parallel()
	require.Tools(t, "cfn-lint")
	dir := t.TempDir()
	for _, name := range profile.BuiltinNames() {
		o := deployment(name)
		o.Boot.Sources.Region, o.Account = "us-east-1", "111122223333"
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), make1(t, "cloudformation", o).Text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("cfn-lint", "--regions", "us-east-1", "--", filepath.Join(dir, "*.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
