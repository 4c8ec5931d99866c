//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
)

func TestStartComposePage(t *testing.T) {
	t.Parallel()
	f := firstBootOf(t, "docs/start-compose.md")
	f.all()
}

// composed is the part of a compose file that the test starts; `docker compose config` reads the whole of it elsewhere.
type composed struct {
	Services map[string]struct {
		Image   string
		Command []string
		Volumes []struct {
			Type, Source, Target string
			ReadOnly             bool `yaml:"read_only"`
		}
		Healthcheck struct{ Test []string }
	}
}

// compose is Docker's plugin, for a project of one service.
func (f *firstBoot) compose(dir string, args []string) docpage.Result {
	f.t.Helper()
	file := filepath.Join(dir, "compose.yaml")
	var project composed
	if err := yaml.Unmarshal([]byte(readFile(f.t, file)), &project); err != nil {
		f.t.Fatal(err)
	}
	service, ok := project.Services["zabbix-agent2"]
	if !ok || len(service.Volumes) != 1 || service.Volumes[0].Source != "./secrets" || !service.Volumes[0].ReadOnly {
		f.t.Fatalf("%s is %+v", file, project)
	}
	running := f.running != nil
	switch line := strings.Join(args, " "); {
	case strings.HasPrefix(line, "run --rm zabbix-agent2 "):
		f.bind(filepath.Join(dir, "secrets"), service.Volumes[0].Target)
		return f.once(args[3:]...)
	case line == "up -d --wait":
		f.wantImage(service.Image, false)
		f.bind(filepath.Join(dir, "secrets"), service.Volumes[0].Target)
		f.start(file, service.Command)
		f.healthy()
		f.takes(strings.TrimSpace(readFile(f.t, filepath.Join(dir, "secrets/psk"))))
	case strings.HasPrefix(line, "exec zabbix-agent2 ") && running:
		result := f.inside(args[2:]...)
		if args[3] == "refresh" {
			f.takes(readFile(f.t, filepath.Join(dir, "secrets/psk")))
		}
		return result
	case line == "logs zabbix-agent2" && running:
		return docpage.Result{Printed: f.running.stdout() + f.running.stderr()}
	case line == "down" && running:
		f.stop()
	default:
		return f.unknown("docker compose", args)
	}
	return docpage.Result{}
}

// bind mounts the page's directory into the image's container. Its user must get there: that of the page owns it.
func (f *firstBoot) bind(source, target string) {
	f.t.Helper()
	f.isImage()
	if err := os.MkdirAll(f.c.path(target), 0o755); err != nil {
		f.t.Fatal(err)
	}
	mount := containerMount{Source: source, Target: strings.TrimPrefix(target, "/"), ReadOnly: true}
	for _, m := range f.c.spec.Mounts {
		if m == mount {
			return
		}
	}
	f.c.spec.Mounts = append(f.c.spec.Mounts, mount)
}

// unitPage is the page for systemd. systemd-analyze reads the unit; its command is started for real, in a container without an
// engine, with the credentials that the unit loads and the capabilities that it leaves.
type unitPage struct {
	*firstBoot
	units, credentials string
	unit               map[string]string
}

func TestStartSystemdPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "systemd-analyze", "setpriv")
	f := &unitPage{firstBoot: firstBootOf(t, "docs/start-systemd.md")}
	f.units, f.credentials = filepath.Join(f.Dir, "system"), filepath.Join(f.Dir, "credstore")
	for _, dir := range []string{f.units, f.c.path("/run/tsboot")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// sudo reaches the tsboot of the container.
	f.Stub("sudo", "#!/bin/sh\ncase \"$1 $2\" in tsboot\\ [hs]*) export TSBOOT_RUN_DIR='"+f.c.path("/run/tsboot")+"' ;; esac\nexec \"$@\"\n")
	f.Stub("systemd-analyze", "#!/bin/sh\nsed -i.page s,=/usr/bin/tsboot,=/bin/true, \"$2\"\n/usr/bin/systemd-analyze \"$1\" --man=no \"$2\"\ncode=$?\nmv \"$2.page\" \"$2\"\nexit $code\n")
	f.Func("systemctl", f.systemctl)
	f.Func("journalctl", f.journalctl)
	f.Tool("tsboot", tsbootBinary(t)) // as installed
	f.all("/usr/bin/tsboot", filepath.Join(f.Dir, "installed"), "/etc/systemd/system", f.units, "/etc/credstore", f.credentials, "/etc/zabbix/tsboot", f.c.path("/etc/zabbix/tsboot"))
	if rest, _ := os.ReadDir(f.credentials); len(rest) > 0 {
		t.Errorf("the page leaves %v", rest)
	}
}

func (f *unitPage) systemctl(_ string, args []string) docpage.Result {
	f.t.Helper()
	switch strings.Join(args, " ") {
	case "daemon-reload":
		if file := filepath.Join(f.units, "tsboot-zabbix.service"); fileExists(file) {
			f.unit = map[string]string{}
			for _, setting := range regexp.MustCompile(`(?m)^(\w+)=(.*)$`).FindAllStringSubmatch(readFile(f.t, file), -1) {
				f.unit[setting[1]] = setting[2]
			}
		}
	case "disable --now zabbix-agent2":
	case "enable --now tsboot-zabbix":
		f.startUnit()
	case "restart tsboot-zabbix":
		f.stop()
		f.startUnit()
	case "disable --now tsboot-zabbix":
		f.stop()
	default:
		return f.unknown("systemctl", args)
	}
	return docpage.Result{}
}

func (f *unitPage) journalctl(_ string, args []string) docpage.Result {
	f.t.Helper()
	if strings.Join(args, " ") != "-u tsboot-zabbix -o cat" {
		return f.unknown("journalctl", args)
	}
	return docpage.Result{Printed: f.running.stdout() + f.running.stderr()}
}

// startUnit starts ExecStart with what the unit gives it.
func (f *unitPage) startUnit() {
	f.t.Helper()
	name, source, _ := strings.Cut(f.unit["LoadCredential"], ":")
	file := filepath.Join(f.credentials, source)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		f.t.Fatalf("the credential %s: others can read it, or %v", source, err)
	}
	inside := "/run/credentials/tsboot-zabbix.service"
	psk := readFile(f.t, file)
	writeFile(f.t, filepath.Join(f.c.path(inside), name), psk, 0o400)
	words := strings.Fields(strings.ReplaceAll(f.unit["ExecStart"], "%d", inside))
	if len(words) == 0 || words[0] != "/usr/bin/tsboot" || strings.ContainsAny(f.unit["ExecStart"], `"'\`) {
		f.t.Fatalf("the command is %q", words)
	}
	f.leaveCapabilities()
	f.start("the unit", words[1:])
	f.healthy()
	f.takes(psk)
}

// leaveCapabilities: the container has the capabilities of the unit and no other.
func (f *unitPage) leaveCapabilities() {
	f.t.Helper()
	left := "-all"
	for name := range strings.FieldsSeq(f.unit["CapabilityBoundingSet"]) {
		left += ",+" + strings.ToLower(strings.TrimPrefix(name, "CAP_"))
	}
	f.prefix = []string{"/usr/bin/setpriv", "--inh-caps", "-all", "--bounding-set", left}
}
