//go:build linux

package integration

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/require"
)

// TestSecurityPage follows docs/security.md: its commands, and its table of the Security Hub's controls against the
// manifest of each profile.
func TestSecurityPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "jq")
	p, _ := readMovingPage(t, "security")
	p.Env = nil // a manifest asks nobody, and has a socket
	follow(p, p.Commands())
	_, table, _ := strings.Cut(p.Text, "<!-- security hub -->\n")
	table, _, _ = strings.Cut(table, "<!-- end -->")
	var want strings.Builder
	want.WriteString("| profile | ECS.3 | ECS.5 | ECS.17 | capabilities |\n|---|---|---|---|---|\n")
	for _, name := range profile.BuiltinNames() {
		if name != "exec" {
			want.WriteString(controlsOf(t, name))
		}
	}
	if table != want.String() {
		t.Errorf("the page has\n%s\nthe manifests are\n%s", table, &want)
	}
}

// controlsOf is a profile's row. What passes for every profile is an error where it does not.
func controlsOf(t *testing.T, name string) string {
	t.Helper()
	args := []string{"manifest", "ecs", "--log-level", "error", "--profile", name, "--ssm-path", "/agent/prod", "--image", "agent", "--region", "us-east-1", "--account", "111122223333"}
	if name == "falcon-sensor" {
		args = append(args, "--", "/opt/CrowdStrike/falcond")
	}
	out, err := exec.Command(tsbootBinary(t), args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var document struct {
		TaskDefinition ecs.RegisterTaskDefinitionInput `json:"taskDefinition"`
	}
	if err := json.Unmarshal(out, &document); err != nil {
		t.Fatal(err)
	}
	task := document.TaskDefinition
	c := task.ContainerDefinitions[0]
	if aws.ToBool(c.Privileged) || len(c.Environment) > 0 || c.LogConfiguration == nil || strings.Join(c.LinuxParameters.Capabilities.Drop, "") != "ALL" {
		t.Errorf("%s: ECS.4, ECS.8, ECS.9 or the capabilities", name)
	}
	capabilities := "none"
	if add := c.LinuxParameters.Capabilities.Add; len(add) > 0 {
		capabilities = "`" + strings.Join(add, "`, `") + "`"
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", name, passes(task.PidMode != types.PidModeHost), passes(aws.ToBool(c.ReadonlyRootFilesystem)),
		passes(task.NetworkMode != types.NetworkModeHost), capabilities)
}

func passes(is bool) string {
	if is {
		return "passes"
	}
	return "fails"
}

// TestSecurityPageEvidence: each claim of docs/security.md has evidence, and each test and file that it names is there.
func TestSecurityPageEvidence(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../docs/security.md")
	sources := testFunctions(t)
	for _, name := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`").FindAllStringSubmatch(page, -1) {
		if !sources[name[1]] && name[1] != "TestName" {
			t.Errorf("there is no %s", name[1])
		}
	}
	for _, name := range regexp.MustCompile("`((?:cmd|integration|supervisor|secrets|configgen)/[a-z0-9_/.]+)`").FindAllStringSubmatch(page, -1) {
		if !fileExists("../" + name[1]) {
			t.Errorf("there is no file %s", name[1])
		}
	}
	claims := 0
	for _, table := range strings.Split(page, "\n\n") {
		if !strings.HasPrefix(table, "| it could |") {
			continue
		}
		for row := range strings.Lines(table) {
			cells := strings.Split(strings.Trim(row, "| \n"), " | ")
			if strings.HasPrefix(row, "| it could") || strings.HasPrefix(row, "|---") {
				continue
			}
			claims++
			if evidence := cells[len(cells)-1]; len(cells) != 3 || !strings.Contains(evidence, "`") {
				t.Errorf("nothing holds this claim: %s", row)
			}
		}
	}
	if claims < 40 {
		t.Errorf("%d claims", claims)
	}
}

// testFunctions are the names of all tests of the module.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != ".." {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, found := range function.FindAllStringSubmatch(readFile(t, path), -1) {
				names[found[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
