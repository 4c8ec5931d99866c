//go:build linux

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/wait"
)

// newUser is a person who has the README, Go, make and git, and an empty directory. AWS and the registry are stand-ins.
type newUser struct {
	*docpage.Page
	t       *testing.T
	clone   string
	pasted  string // what make store said to paste
	earlier string // what the terminal has, which later blocks need
	stored  []docpage.Parameter
	images  []string // that were built or pushed
	engine  bool     // Docker is there
}

// TestNewUser follows the README, block by block, from a clone to a deployment: no step that it does not say.
func TestNewUser(t *testing.T) {
	t.Parallel()
	require.Tools(t, "git", "make", "go")
	u := newNewUser(t)
	blocks := u.Commands()
	next := func(has string) *docpage.Block {
		t.Helper()
		if len(blocks) == 0 || !strings.Contains(blocks[0].Text, has) {
			t.Fatalf("the next block of the README does not have %q: %+v", has, blocks)
		}
		block := blocks[0]
		blocks = blocks[1:]
		return block
	}

	if said := u.Follow(next("make demo")); !strings.Contains(said, "rolled") {
		t.Errorf("make demo says\n%s", said)
	}
	u.Dir = u.clone
	u.startStore(next("make store"))
	u.bootHere(next("tsboot exec"))

	u.makeImage(next("make image"), next("docker push"))
	u.deploy(next("cloudformation deploy"))
	if len(blocks) > 0 {
		t.Errorf("%d blocks of the README are not followed", len(blocks))
	}
}

// newNewUser has Go's caches, so that nothing is fetched twice. The address of the repository leads to this one.
func newNewUser(t *testing.T) *newUser {
	t.Helper()
	top, err := require.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	u := &newUser{Page: docpage.Read(t, "README.md"), t: t}
	u.clone = filepath.Join(u.Dir, "tsboot")
	program, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	u.Tool("go", program)
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		u.Env = append(u.Env, name+"="+strings.TrimSpace(string(out)))
	}
	u.Env = append(u.Env, "GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=url.file://"+top+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/tsboot/tsboot",
		"GIT_CONFIG_KEY_1=safe.directory", "GIT_CONFIG_VALUE_1=*", "TSBOOT_RUN_DIR="+filepath.Join(t.TempDir(), "run"))
	u.AWS(func(one docpage.Parameter) { u.stored = append(u.stored, one) }, u.aws)
	return u
}

// startStore leaves make store running, and keeps what it says to paste.
func (u *newUser) startStore(block *docpage.Block) {
	u.t.Helper()
	running := u.Start(block)
	wait.For(u.t, 4*aLongTime, "make store prints what to try", func() bool {
		return strings.Contains(running.Printed(), "# Then try it:") || !running.Running()
	})
	_, rest, found := strings.Cut(running.Printed(), "# Paste this into another terminal:\n")
	pasted, _, ended := strings.Cut(rest, "# Then try it:")
	if !found || !ended {
		u.t.Fatalf("make store prints\n%s", running.Printed())
	}
	u.pasted = pasted
}

// bootHere is the other terminal: what was pasted, and the block. The person presses Ctrl-C when the command runs.
func (u *newUser) bootHere(block *docpage.Block) {
	u.t.Helper()
	terminal := *block
	terminal.Text = u.pasted + block.Text
	running := u.Start(&terminal)
	wait.For(u.t, aLongTime, "the command runs with its parameter", func() bool {
		return strings.Contains("\n"+running.Printed(), "\nlog level: debug\n") || !running.Running()
	})
	if !running.Running() {
		u.t.Fatalf("the README's boot ended\n%s", running.Printed())
	}
	if !strings.Contains(running.Printed(), "all checks passed") {
		u.t.Errorf("check says\n%s", running.Printed())
	}
	running.Signal(syscall.SIGINT)
	running.Wait()
}

// makeImage makes tsboot's image in the clone, and the agent's with the Dockerfile of the page, in the directory that the
// first block goes to: what a block exports, the next one has. Where there is no Docker, the person's client only looks at
// what it gets. Nothing is ever pulled: an agent of this repository has the name of the vendor's image.
func (u *newUser) makeImage(image, push *docpage.Block) {
	u.t.Helper()
	if exec.Command("docker", "version").Run() == nil {
		u.engine = true
		docker(u.t, "tag", agentOnImage(u.t), "threatstack/ts-docker2:3.2.1")
		whenDone(func() { removeImages("threatstack/ts-docker2:3.2.1", userImage) })
	}
	u.Func("docker", u.docker)
	u.Follow(image)
	u.earlier = strings.Replace(image.Text, "make image\n", "", 1)
	var recipes []string
	for _, b := range u.Of("dockerfile") {
		if strings.Contains(b.Text, "FROM") {
			recipes = append(recipes, b.Text)
		}
	}
	if len(recipes) != 1 {
		u.t.Fatalf("the README has %d Dockerfiles", len(recipes))
	}
	u.File("../agent/Dockerfile", recipes[0])
	u.Follow(u.later(push))
	if len(u.images) != 2 || u.images[0] != userImage || u.images[1] != userImage {
		u.t.Errorf("built and pushed are %q", u.images)
	}
}

// later is a block in the terminal of the blocks before it.
func (u *newUser) later(block *docpage.Block) *docpage.Block {
	same := *block
	same.Text = u.earlier + block.Text
	return &same
}

// userImage is what the README names with its account and region.
const userImage = "111122223333.dkr.ecr.us-east-1.amazonaws.com/threatstack:3.2.1"

// docker is the client. There is no registry: a login and a push are only looked at.
func (u *newUser) docker(dir string, args []string) docpage.Result {
	switch {
	case len(args) == 4 && args[0] == "build" && args[1] == "-t" && args[3] == ".":
		recipe, err := os.ReadFile(filepath.Join(dir, "Dockerfile"))
		if err != nil || !strings.HasPrefix(string(recipe), "FROM tsboot AS tsboot\n") {
			u.t.Errorf("docker build of %q: %v", recipe, err)
		}
		u.images = append(u.images, args[2])
	case len(args) == 2 && args[0] == "push":
		u.images = append(u.images, args[1])
	case len(args) == 5 && args[0] == "login" && args[4] == "111122223333.dkr.ecr.us-east-1.amazonaws.com":
	case len(args) == 3 && (args[0] == "load" || args[0] == "tag" && strings.HasPrefix(args[1], "tsboot:")): // make image
	default:
		u.t.Errorf("this test does not know docker %q", args)
		return docpage.Result{Code: 99}
	}
	if !u.engine || args[0] == "login" || args[0] == "push" {
		return docpage.Result{}
	}
	cmd := exec.Command("docker", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		u.t.Errorf("docker %q: %v: %s", args, err, out)
		return docpage.Result{Code: 1}
	}
	if args[0] == "tag" {
		whenDone(func() { removeImages(args[2]) })
	}
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(line, "Loaded image: "); ok {
			whenDone(func() { removeImages(strings.TrimSpace(name)) })
		}
	}
	return docpage.Result{Printed: string(out)}
}

// run does what the service of the stack does on an instance: it starts the image with the task's arguments.
func (u *newUser) run(command []string, key string) {
	u.t.Helper()
	s := memoryStore(u.t)
	s.secret("/threatstack/prod/deploy-key", key)
	c := dockerRunImage(u.t, s, userImage, nil, command...)
	c.awaitReady()
	c.stop()
	c.wantExit(0)
}

// deploy runs the block, and looks at the template as CloudFormation would get it.
func (u *newUser) deploy(block *docpage.Block) {
	u.t.Helper()
	key := randomSecret()
	u.Follow(u.later(block), "DEPLOY_KEY="+key)
	if len(u.stored) != 1 || u.stored[0] != (docpage.Parameter{Name: "/threatstack/prod/deploy-key", Value: key, Type: "SecureString"}) {
		u.t.Errorf("the README stores %+v", u.stored)
	}
	if fileExists(filepath.Join(u.Dir, "../agent/deploy-key")) {
		u.t.Error("the README leaves the key in a file")
	}
	text := readFile(u.t, filepath.Join(u.Dir, "../agent/threatstack.yaml"))
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				Containers []struct {
					Command []string `yaml:"Command"`
				} `yaml:"ContainerDefinitions"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal([]byte(text), &template); err != nil {
		u.t.Fatal(err)
	}
	types := map[string]int{}
	var command []string
	for _, resource := range template.Resources {
		types[resource.Type]++
		for _, container := range resource.Properties.Containers {
			command = container.Command
		}
	}
	if types["AWS::IAM::Role"] != 2 || types["AWS::ECS::TaskDefinition"] != 1 || types["AWS::ECS::Service"] != 1 {
		u.t.Errorf("the template has %v", types)
	}
	if !strings.Contains(text, u.images[0]) || !slices.Contains(command, "/threatstack/prod") {
		u.t.Errorf("the template does not name the image, or the path\n%s", text)
	}
	if u.engine {
		u.run(command, key)
	}
}

// aws is the AWS CLI, as far as the README has it.
func (u *newUser) aws(dir string, args []string) docpage.Result {
	given := map[string]string{}
	for i := 2; i+1 < len(args); i += 2 {
		given[args[i]] = args[i+1]
	}
	switch args[0] + " " + args[1] {
	case "ecr create-repository":
		return docpage.Result{Printed: "{}\n"}
	case "ecr get-login-password":
		return docpage.Result{Printed: "password\n"}
	case "cloudformation deploy":
		info, err := os.Stat(filepath.Join(dir, given["--template-file"]))
		if err == nil && info.Size() > 0 && given["--stack-name"] != "" && given["--capabilities"] == "CAPABILITY_NAMED_IAM" && given["--parameter-overrides"] == "Cluster=default" {
			return docpage.Result{Printed: fmt.Sprintf("Successfully created/updated stack - %s\n", given["--stack-name"])}
		}
	}
	u.t.Errorf("this test does not know aws %q", args)
	return docpage.Result{Code: 252}
}
