//go:build linux

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
)

// clone has what the page takes from the repository.
func (f *firstBoot) clone(dir string, args []string) docpage.Result {
	f.t.Helper()
	top := must(f.t)(require.ModuleRoot())
	module := regexp.MustCompile(`(?m)^module (\S+)$`).FindStringSubmatch(readFile(f.t, filepath.Join(top, "go.mod")))[1]
	if strings.Join(args, " ") != "clone https://"+module {
		return f.unknown("git", args)
	}
	for _, name := range []string{"deploy", "Makefile"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, "tsboot"), 0o755), os.Symlink(filepath.Join(top, name), filepath.Join(dir, "tsboot", name))); err != nil {
			f.t.Fatal(err)
		}
	}
	return docpage.Result{}
}

// make has made the binary under test. The image is made by a test of its own.
func (f *firstBoot) make(dir string, args []string) docpage.Result {
	f.t.Helper()
	for _, target := range args {
		if !strings.Contains(readFile(f.t, filepath.Join(dir, "Makefile")), "\n"+target+":") {
			f.t.Errorf("the Makefile has no %s", target)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.Symlink(tsbootBinary(f.t), filepath.Join(dir, "bin/tsboot"))); err != nil {
		f.t.Fatal(err)
	}
	return docpage.Result{}
}

// docker builds, pushes and runs the image of the page.
func (f *firstBoot) docker(dir string, args []string) docpage.Result {
	f.t.Helper()
	line := strings.Join(args, " ")
	switch {
	case len(args) == 4 && strings.HasPrefix(line, "build -t ") && args[3] == ".":
		f.wantRecipe(readFile(f.t, filepath.Join(dir, "Dockerfile")))
		f.built = args[2]
	case line == "push "+f.built:
		f.pushed = f.built
	case line == "image rm "+f.built && f.running == nil:
	case line == "login --username AWS --password-stdin 444455556666.dkr.ecr.eu-central-1.amazonaws.com":
	case slices.Contains(args, f.built) && strings.HasPrefix(line, "run --rm "):
		return f.dockerRun(args)
	case args[0] == "compose":
		return f.compose(dir, args[1:])
	default:
		return f.unknown("docker", args)
	}
	return docpage.Result{}
}

// variable is one that the reader's shell has exported.
func (f *firstBoot) variable(name string) string {
	f.t.Helper()
	found := regexp.MustCompile(`(?m)^declare -x ` + name + `="(.*)"$`).FindStringSubmatch(readFile(f.t, filepath.Join(f.Dir, ".shell")))
	if found == nil {
		return ""
	}
	return found[1]
}

// dockerRun takes variables only. Those that the reader's shell does not have are the store's: they have the test's access key.
func (f *firstBoot) dockerRun(args []string) docpage.Result {
	f.t.Helper()
	image := slices.Index(args, f.built)
	for i, option := range args[2:image] {
		if wanted := i%2 == 0; wanted != (option == "-e") || !wanted && !strings.HasPrefix(option, "AWS_") {
			return f.unknown("docker", args)
		}
		if value := f.variable(option); value != "" {
			f.more = append(f.more, option+"="+value)
		}
	}
	f.isImage()
	result := f.once(args[image+1:]...)
	f.more = nil
	return result
}

// wantRecipe: the Dockerfile takes files that tsboot's own image has, and is the recipe of the agent's page, with the
// directory that a pod needs.
func (f *firstBoot) wantRecipe(text string) {
	f.t.Helper()
	lines := regexp.MustCompile(`(?m)^COPY --from=tsboot (\S+) (\S+)$`).FindAllStringSubmatch(text, -1)
	own := readFile(f.t, "../docs/image.md")
	for _, copied := range lines {
		if copied[1] != copied[2] || copied[1] != "/tsboot" && !strings.Contains(own, "| `"+copied[1]+"` |") {
			f.t.Errorf("tsboot's image has no %s", copied[1])
		}
	}
	if len(lines) == 0 || !strings.Contains(text, "\nENTRYPOINT [\"/tsboot\"]\n") || !strings.Contains(text, "mkdir -p /run/tsboot /etc/zabbix/tsboot && chown zabbix /run/tsboot /etc/zabbix/tsboot\n") {
		f.t.Errorf("the recipe is\n%s", text)
	}
	agents := readFile(f.t, "../docs/agents/zabbix-agent2.md")
	for _, word := range regexp.MustCompile(`(?m)^(?:FROM|USER) .*$`).FindAllString(text, -1) {
		if !strings.Contains(agents, "   "+word+"\n") {
			f.t.Errorf("docs/agents/zabbix-agent2.md has no line %q", word)
		}
	}
}

// wantImage: what is deployed is what was built, and pushed where it comes from a registry.
func (f *firstBoot) wantImage(image string, pushed bool) {
	f.t.Helper()
	if image != f.built || pushed && f.pushed != image {
		f.t.Errorf("the image %s is deployed; built %s, pushed %s", image, f.built, f.pushed)
	}
}
