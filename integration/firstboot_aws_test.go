//go:build linux

package integration

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/taskdef"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// awsPage is a page whose commands reach AWS. Parameter Store is the one in memory. Of what else AWS would do, the arguments are
// checked, templates, task definitions and policies are read strictly, and the agent's container is started for real.
type awsPage struct {
	*firstBoot
	parameters map[string]string
	roles      map[string]string // the policy of each role
	task       *ecs.RegisterTaskDefinitionInput
	logGroup   string
}

func followAWS(t *testing.T, name string) *awsPage {
	t.Helper()
	f := &awsPage{firstBoot: firstBootOf(t, name), parameters: map[string]string{}, roles: map[string]string{}}
	f.AWS(f.put, f.aws)
	return f
}

func (f *awsPage) put(p docpage.Parameter) {
	_, there := f.parameters[p.Name]
	if there != p.Overwrite {
		f.t.Errorf("put %s: it is there: %v", p.Name, there)
	}
	f.parameters[p.Name] = p.Value
	if p.Type == "SecureString" {
		f.store.secrets = append(f.store.secrets, p.Value)
	}
	f.store.memory.Put(p.Name, p.Value, secretstest.Type(p.Type), secretstest.Region(f.variable("AWS_REGION")))
}

// awsFlags are the flags of each command, as the AWS CLI has them. The first word after the command is one of its own where
// that is named with "for".
var awsFlags = map[string][]string{
	"ecr create-repository":        {"--repository-name"},
	"ecr get-login-password":       {},
	"ecr delete-repository":        {"--repository-name", "--force"},
	"cloudformation deploy":        {"--stack-name", "--template-file", "--capabilities", "--parameter-overrides"},
	"cloudformation delete-stack":  {"--stack-name"},
	"cloudformation wait":          {"for stack-delete-complete", "--stack-name"},
	"ecs register-task-definition": {"--cli-input-json"},
	"ecs create-service":           {"--cluster", "--service-name", "--task-definition", "--desired-count", "--launch-type", "--network-configuration"},
	"ecs wait":                     {"for services-stable", "--cluster", "--services"},
	"ecs list-tasks":               {"--cluster", "--service-name", "--no-paginate", "--query", "--output"},
	"ecs describe-tasks":           {"--cluster", "--tasks", "--query", "--output"},
	"ecs update-service":           {"--cluster", "--service", "--force-new-deployment"},
	"ecs delete-service":           {"--cluster", "--service", "--force"},
	"iam create-role":              {"--role-name", "--assume-role-policy-document"},
	"iam put-role-policy":          {"--role-name", "--policy-name", "--policy-document"},
	"iam delete-role-policy":       {"--role-name", "--policy-name"},
	"iam delete-role":              {"--role-name"},
	"logs filter-log-events":       {"--log-group-name", "--filter-pattern", "--query", "--output"},
	"logs delete-log-group":        {"--log-group-name"},
	"ssm delete-parameters":        {"--names"},
}

// awsSwitches are the flags without a value.
var awsSwitches = []string{"--force", "--no-paginate", "--force-new-deployment"}

func (f *awsPage) aws(dir string, args []string) docpage.Result {
	f.t.Helper()
	allowed, known := awsFlags[strings.Join(args[:min(2, len(args))], " ")]
	rest := args[min(2, len(args)):]
	if len(allowed) > 0 && len(rest) > 0 && allowed[0] == "for "+rest[0] {
		rest = rest[1:]
	}
	flags, err := flagsOf(rest, allowed...)
	if !known || err != nil {
		f.t.Logf("%v", err)
		return f.unknown("aws", args)
	}
	for name, values := range flags {
		if (len(values) == 0) != slices.Contains(awsSwitches, name) {
			f.t.Errorf("aws %q: %s has the values %q", args, name, values)
		}
	}
	if cluster, named := flags["--cluster"]; named && !slices.Equal(cluster, []string{"agents"}) {
		f.t.Errorf("aws %q: another cluster", args)
	}
	one := func(name string) string { return strings.Join(flags[name], " ") }
	switch args[0] + " " + args[1] {
	case "ecr get-login-password":
		return docpage.Result{Printed: "password\n"}
	case "ecr create-repository", "ecr delete-repository":
		if one("--repository-name") != "zabbix-agent2" {
			f.t.Errorf("aws %q: another repository", args)
		}
	case "cloudformation deploy":
		f.deploy(filepath.Join(dir, one("--template-file")), one("--stack-name")+" "+one("--capabilities")+" "+one("--parameter-overrides"))
	case "ecs register-task-definition":
		f.register(filepath.Join(dir, strings.TrimPrefix(one("--cli-input-json"), "file://")))
	case "ecs create-service":
		f.createService(one("--task-definition"), one("--network-configuration"))
	case "ecs list-tasks":
		return docpage.Result{Printed: "arn:aws:ecs:us-east-1:111122223333:task/agents/158d1c8083dd49d6b527399fd6414f5c\n"}
	case "ecs describe-tasks":
		return f.health()
	case "ecs wait":
		f.healthy()
	case "ecs update-service": // other tasks in the place of these
		f.stop()
		f.boot("another task")
		f.healthy()
	case "iam create-role", "iam put-role-policy":
		f.role(one("--role-name"), dir, one("--assume-role-policy-document")+one("--policy-document"))
	case "logs filter-log-events":
		if one("--log-group-name") != f.logGroup {
			f.t.Errorf("aws %q: the log group is %s", args, f.logGroup)
		}
		return docpage.Result{Printed: strings.Join(linesWith(f.running.stderr(), one("--filter-pattern")), "\t")}
	case "cloudformation delete-stack", "ecs delete-service":
		f.stop()
	case "ssm delete-parameters":
		if len(f.parameters) != len(flags["--names"]) || slices.ContainsFunc(flags["--names"], func(name string) bool { return f.parameters[name] == "" }) {
			f.t.Errorf("deleted are %q", flags["--names"])
		}
	}
	return docpage.Result{}
}

func linesWith(text, word string) []string {
	return slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.Contains(line, word) })
}

// deploy is CloudFormation's: the template is whole, and its one container starts.
func (f *awsPage) deploy(file, words string) {
	f.t.Helper()
	var faults []string
	if f.task, faults = taskdef.ReadTemplate([]byte(readFile(f.t, file))); len(faults) > 0 || words != "zabbix-agent2 CAPABILITY_NAMED_IAM Cluster=agents" {
		f.t.Fatalf("%s: %q, deployed with %q", file, faults, words)
	}
	f.logGroup = regexp.MustCompile(`(?m)^ +LogGroupName: (\S+)$`).FindStringSubmatch(readFile(f.t, file))[1]
	f.boot(file)
	f.healthy()
}

// register reads a task definition. The application's container is the reader's own.
func (f *awsPage) register(file string) {
	f.t.Helper()
	var faults []string
	f.task, faults = taskdef.Read([]byte(readFile(f.t, file)))
	faults = slices.DeleteFunc(faults, func(fault string) bool { return strings.HasPrefix(fault, "container app: ") })
	if len(faults) > 0 || len(f.task.ContainerDefinitions) != 2 || aws.ToBool(f.task.ContainerDefinitions[0].Essential) || !aws.ToBool(f.task.ContainerDefinitions[1].Essential) {
		f.t.Fatalf("%s: %q\n%s", file, faults, readFile(f.t, file))
	}
	f.logGroup = f.task.ContainerDefinitions[0].LogConfiguration.Options["awslogs-group"]
	for _, arn := range []*string{f.task.TaskRoleArn, f.task.ExecutionRoleArn} {
		if name := filepath.Base(aws.ToString(arn)); !strings.Contains(f.roles[name], "Statement") {
			f.t.Errorf("the role %s has the policy %q", name, f.roles[name])
		}
	}
}

func (f *awsPage) createService(task, network string) {
	f.t.Helper()
	if task != aws.ToString(f.task.Family) || !regexp.MustCompile(`^awsvpcConfiguration=\{subnets=\[subnet-[0-9a-f]+\],securityGroups=\[sg-[0-9a-f]+\],assignPublicIp=ENABLED\}$`).MatchString(network) {
		f.t.Errorf("a service of %s with %s", task, network)
	}
	f.boot("a service")
}

func (f *awsPage) boot(what string) {
	f.t.Helper()
	agent := f.task.ContainerDefinitions[0]
	f.wantImage(aws.ToString(agent.Image), true)
	f.isImage()
	f.start(what, agent.Command)
	f.takes(f.parameters["/zabbix-agent2/prod/psk"])
}

// health is what ECS makes of the container's health check.
func (f *awsPage) health() docpage.Result {
	f.t.Helper()
	check := f.task.ContainerDefinitions[0].HealthCheck.Command
	if check[0] != "CMD" || f.inside(check[1:]...).Code != 0 {
		return docpage.Result{Printed: "UNHEALTHY\n"}
	}
	return docpage.Result{Printed: "HEALTHY\n"}
}

// role takes a document of a role: first its trust, then its policy.
func (f *awsPage) role(name, dir, document string) {
	f.t.Helper()
	file, isFile := strings.CutPrefix(document, "file://")
	text := readFile(f.t, filepath.Join(dir, file))
	_, trusted := f.roles[name]
	if !isFile || !json.Valid([]byte(text)) || trusted == strings.Contains(text, "sts:AssumeRole") {
		f.t.Errorf("role %s: %s is\n%s", name, document, text)
	}
	f.roles[name] = text
}

// theirs are the words of a reader's own, where the page says to change them.
var theirs = []string{"us-east-1 ACCOUNT=111122223333 CLUSTER=default", "eu-central-1 ACCOUNT=444455556666 CLUSTER=agents"}

// wantTheirs: no word of the page's is left.
func (f *awsPage) wantTheirs(file string) string {
	f.t.Helper()
	text := readFile(f.t, filepath.Join(f.here(), file))
	if left := regexp.MustCompile(`us-east-1|111122223333|REGION|ACCOUNT|Default: default`).FindString(text); left != "" || !strings.Contains(text, f.built) {
		f.t.Errorf("%s has %q, for the image %s\n%s", file, left, f.built, text)
	}
	return text
}

// TestStartECSPage and TestStartFargatePage follow both pages of ECS.
func TestStartECSPage(t *testing.T) {
	t.Parallel()
	f := followAWS(t, "docs/start-ecs.md")
	f.all(theirs...)
	// The file to copy, with its words changed, is the template that the page made, without the flag of the region.
	made, faults := taskdef.ReadTemplate([]byte(f.wantTheirs("zabbix-agent2.yaml")))
	if len(faults) > 0 || aws.ToString(made.ContainerDefinitions[0].Image) != f.built || !slices.Equal(made.ContainerDefinitions[0].Command, f.task.ContainerDefinitions[0].Command[:4]) {
		t.Errorf("%q: %q", faults, made.ContainerDefinitions[0].Command)
	}
}

func TestStartFargatePage(t *testing.T) {
	t.Parallel()
	f := followAWS(t, "docs/start-fargate.md")
	f.all(theirs...)
	f.wantTheirs("task.json")
	f.wantTheirs("fargate.json")
}
