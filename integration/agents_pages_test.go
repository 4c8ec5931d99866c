//go:build linux

package integration

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tsboot/tsboot/integration/audit"
	"github.com/tsboot/tsboot/integration/docpage"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/integration/taskdef"
	"github.com/tsboot/tsboot/integration/wait"
)

// agentPage is a page of docs/agents: its commands, its task definition and the user of its image, at work.
type agentPage struct {
	*docpage.Page
	t     *testing.T
	name  string
	store *store
	path  string // directories of programs before the usual ones
	task  *ecs.RegisterTaskDefinitionInput
}

func readAgentPage(t *testing.T, s *store, name string) *agentPage {
	t.Helper()
	p := &agentPage{Page: docpage.Read(t, "docs/agents/"+name+".md"), t: t, name: name, store: s}
	p.AWS(p.put, nil)
	p.Stub("htpasswd", htpasswdCommand)
	for _, block := range p.Of("json") {
		if strings.Contains(block.Text, "containerDefinitions") {
			var faults []string
			if p.task, faults = taskdef.Read([]byte(block.Text)); len(faults) > 0 {
				t.Errorf("docs/agents/%s.md: %q", name, faults)
			}
		}
	}
	if p.task == nil || len(p.task.ContainerDefinitions) != 1 {
		t.Fatalf("docs/agents/%s.md has no task definition with one container", name)
	}
	return p
}

// htpasswdCommand stands in for Apache's, with the one password of which a test knows the hash.
const htpasswdCommand = `#!/bin/sh
[ "$*" = "-niBC 10 " ] || { echo "htpasswd $*" >&2; exit 1; }
printf ':%s\n\n' "$HASH"
`

// storeParameters runs the page's commands for that, and rotateParameters those for a rotation.
func (p *agentPage) storeParameters(env ...string) {
	p.t.Helper()
	p.Follow(p.Commands()[0], env...)
}

func (p *agentPage) rotateParameters(env ...string) {
	p.t.Helper()
	block := *p.Commands()[1]
	block.Text = "umask 077\n" + block.Text
	p.Follow(&block, env...)
}

// put does what `aws ssm put-parameter` would. The files that the pages' commands write may end with a newline.
func (p *agentPage) put(one docpage.Parameter) {
	if one.Type == "SecureString" {
		p.store.secret(one.Name, strings.TrimSpace(one.Value))
	} else {
		p.store.plain(one.Name, one.Value)
	}
}

// secret is what a command of the page wrote into a file.
func (p *agentPage) secret(file string) string {
	p.t.Helper()
	path := filepath.Join(p.Dir, file)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		p.t.Fatalf("%s: others can read it, or %v", file, err)
	}
	return strings.TrimSpace(readFile(p.t, path))
}

// start runs the page's task on a real engine: tsboot and a copy of the machine's programs in the place of the vendor's
// image, with the task's user, capabilities, mounts and arguments.
func (p *agentPage) start(c *container, args ...string) *dockerContainer {
	p.t.Helper()
	require.Tools(p.t, "docker", "root")
	def := p.task.ContainerDefinitions[0]
	options := []string{"--cap-drop", "ALL", "-e", "TSBOOT_RUN_DIR=/run/tsboot"} // the store of a test turns the socket off
	if p.task.PidMode == types.PidModeHost {
		options = append(options, "--pid", "host")
	}
	if aws.ToBool(def.ReadonlyRootFilesystem) {
		options = append(options, "--read-only")
	}
	for _, name := range def.LinuxParameters.Capabilities.Add {
		options = append(options, "--cap-add", name)
	}
	for _, m := range def.LinuxParameters.Tmpfs {
		options = append(options, "--tmpfs", fmt.Sprintf("%s:size=%dm,%s", aws.ToString(m.ContainerPath), m.Size, strings.Join(m.MountOptions, ",")))
	}
	for _, m := range def.MountPoints {
		options = append(options, "-v", p.source(aws.ToString(m.SourceVolume))+":"+aws.ToString(m.ContainerPath)+readOnly(aws.ToBool(m.ReadOnly)))
	}
	for _, m := range c.spec.Mounts {
		if m.Target != "sys" { // the engine mounts its own
			options = append(options, "-v", m.Source+":/"+m.Target+":ro")
		}
	}
	image := p.image(c)
	args = append(def.Command, append(args, "--refresh-probation", "1s")...)
	p.check(image, options, args)
	return dockerRunImage(p.t, p.store, image, options, args...)
}

// rotate runs the page's commands for it, and has the container refresh. As soon as the agent listens again, it takes the
// new secret and not the old one.
func (p *agentPage) rotate(d *dockerContainer, takesNew, takesOld func() bool, env ...string) {
	p.t.Helper()
	p.rotateParameters(env...)
	docker(p.t, "exec", d.name, "/tsboot", "refresh")
	if !wait.Until(aLongTime, func() bool { return takesNew() || d.pid() == 0 }) || takesOld() {
		p.t.Errorf("the agent does not take the new secret alone\n%s", d.logs())
	}
}

// wantHealthy asks the container by the task's health check.
func (p *agentPage) wantHealthy(d *dockerContainer) {
	p.t.Helper()
	command := append([]string{"exec", d.name}, p.task.ContainerDefinitions[0].HealthCheck.Command[1:]...)
	if out, err := exec.Command("docker", command...).CombinedOutput(); err != nil {
		p.t.Errorf("docker %q: %v: %s\n%s", command, err, out, d.logs())
	}
}

// check is tsboot check in the container that will boot, with the same arguments: it finds no problem.
func (p *agentPage) check(image string, options, args []string) {
	p.t.Helper()
	command := []string{"run", "--rm", "--network", "host"}
	for _, variable := range p.store.env {
		command = append(command, "-e", variable)
	}
	command = append(append(append(command, options...), image, "check"), args...)
	if out, err := exec.Command("docker", command...).CombinedOutput(); err != nil {
		p.t.Errorf("check: %v\n%s", err, out)
	}
}

func readOnly(is bool) string {
	if is {
		return ":ro"
	}
	return ""
}

// source is the host's directory of a volume: the root as it is, an empty one for any other.
func (p *agentPage) source(volume string) string {
	p.t.Helper()
	for _, v := range p.task.Volumes {
		if aws.ToString(v.Name) == volume && aws.ToString(v.Host.SourcePath) == "/" {
			return "/"
		}
	}
	return p.t.TempDir()
}

var imageUser = regexp.MustCompile(`(?m)^ *USER (\w+)\n *ENTRYPOINT`)

// image is the container's root directory as an image, with the recipe's user and entrypoint.
func (p *agentPage) image(c *container) string {
	p.t.Helper()
	changes := []string{"--change", `ENTRYPOINT ["/tsboot"]`, "--change", "ENV PATH=" + p.path + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	if user := imageUser.FindStringSubmatch(p.Text); user != nil {
		p.giveUID(c, user[1])
		changes = append(changes, "--change", "USER "+user[1])
	}
	name := tag("page-" + p.name + "-" + strings.ToLower(rand.Text()))
	archive := exec.Command("tar", "-C", c.root, "-c", ".")
	load := exec.Command("docker", append(append([]string{"import"}, changes...), "-", name)...)
	pipe, err := archive.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	load.Stdin = pipe
	var out bytes.Buffer
	load.Stderr = &out
	if err := archive.Start(); err != nil {
		p.t.Fatal(err)
	}
	if err := load.Run(); err != nil {
		p.t.Fatalf("docker import: %v: %s", err, out.String())
	}
	if err := archive.Wait(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { removeImages(name) })
	return name
}

var tmpfsUID = regexp.MustCompile(`^uid=(\d+)$`)

// giveUID gives the user the number that the task says it has in the vendor's image.
func (p *agentPage) giveUID(c *container, user string) {
	p.t.Helper()
	for _, m := range p.task.ContainerDefinitions[0].LinuxParameters.Tmpfs {
		for _, option := range m.MountOptions {
			if uid := tmpfsUID.FindStringSubmatch(option); uid != nil {
				file := c.path("/etc/passwd")
				line := regexp.MustCompile("(?m)^" + user + ":([^:]*):[0-9]+:")
				passwd := line.ReplaceAllString(readFile(p.t, file), user+":$1:"+uid[1]+":")
				writeFile(p.t, file, passwd, 0o644)
				return
			}
		}
	}
}

// TestAgentPages follows the pages of docs/agents with the agents that run here.
func TestAgentPages(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"crowdsec": testCrowdSecPage, "node-exporter": testNodeExporterPage, "snmpd": testSNMPDPage, "zabbix-agent": testZabbixPage("zabbix-agent"), "zabbix-agent2": testZabbixPage("zabbix-agent2"),
	} {
		t.Run(name, test)
	}
}

func testZabbixPage(profile string) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		require.Tools(t, "root", "docker", "zabbix_agent2", "zabbix_agentd", "openssl")
		p := readAgentPage(t, memoryStore(t), profile)
		p.storeParameters()
		host, port, _ := net.SplitHostPort(must(t)(freeAddress()))
		d := p.start(newAgent(t, p.store, "/etc/zabbix"), "--set", "server=127.0.0.1", "--set", "listen-port="+port, "--set", "listen-ip="+host)
		z := &zabbix{t: t, address: net.JoinHostPort(host, port), identity: "fleet"}
		psk := p.secret("psk")
		wait.For(t, aLongTime, "the agent answers", func() bool { return z.ask("agent.ping", psk) == "1" || d.pid() == 0 })
		p.wantHealthy(d)
		p.rotate(d, func() bool { return z.ask("agent.ping", p.secret("psk")) == "1" }, func() bool { return z.ask("agent.ping", psk) != "" })
	}
}

func testSNMPDPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "docker", "snmpd", "snmpget")
	p := readAgentPage(t, memoryStore(t), "snmpd")
	p.storeParameters()
	address, first := must(t)(freeAddress()), p.secret("auth-password")
	d := p.start(newAgent(t, p.store, "/var/lib/snmp", "/usr/share/snmp"), "--set", "listen=udp:"+address)
	works := func(password string) bool {
		return snmpName(address, [2]string{"SHA-256", "AES"}, password, p.secret("priv-password"))
	}
	wait.For(t, aLongTime, "the agent answers", func() bool { return works(first) })
	p.wantHealthy(d)
	p.rotate(d, func() bool { return works(p.secret("auth-password")) }, func() bool { return works(first) })
}

func testNodeExporterPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "docker", "prometheus-node-exporter")
	p := readAgentPage(t, memoryStore(t), "node-exporter")
	const password = "correct horse battery staple"
	p.storeParameters("HASH=" + passwords[password])
	address := must(t)(freeAddress())
	d := p.start(newNodeExporter(t, p.store), "--set", "listen-address="+address)
	takes := func(password string) func() bool {
		return func() bool { return scrape(http.DefaultClient, "http://"+address, "prometheus", password) }
	}
	wait.For(t, aLongTime, "the exporter answers", takes(password))
	p.wantHealthy(d)
	const second = "a second password"
	p.rotate(d, takes(second), takes(password), "HASH="+passwords[second])
}

func testCrowdSecPage(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root", "docker", "crowdsec", "cscli")
	l := startLAPI(t)
	p := readAgentPage(t, memoryStore(t), "crowdsec")
	p.storeParameters()
	l.register("node-1", p.secret("password"))
	c := newCrowdSec(t, p.store, l, "node-1")
	d := p.start(c, "--set", "lapi-url="+l.url)
	logsIn := func(what string, more int) {
		t.Helper()
		if !wait.Until(2*time.Minute, func() bool { return l.logins() >= more || d.pid() == 0 }) || d.pid() == 0 {
			t.Fatalf("%s: %d logins, not %d\n%s", what, l.logins(), more, d.logs())
		}
	}
	logsIn("the agent logs in, after setup", 2)
	p.wantHealthy(d)
	p.rotateParameters()
	l.register("node-1", p.secret("password"))
	logins := l.logins()
	docker(t, "exec", d.name, "/tsboot", "refresh")
	logsIn("the agent logs in with the new password, after setup", logins+2)
}

// TestAuditdPage is not parallel: the audit state is the machine's.
func TestAuditdPage(t *testing.T) {
	require.Tools(t, "docker", "auditd")
	audit.Borrow(t)
	p := readAgentPage(t, memoryStore(t), "auditd")
	p.storeParameters()
	d := p.start(newAgent(t, p.store, "/etc/audit"))
	wait.For(t, aLongTime, "the kernel has the daemon", func() bool { return audit.State(t)["pid"] != "0" || d.pid() == 0 })
	wantRules := func() {
		t.Helper()
		if rules := audit.Ctl(t, "-l"); !strings.Contains(rules, "exec") {
			t.Errorf("the rules are %s\n%s", rules, d.logs())
		}
	}
	wantRules()
	p.wantHealthy(d)
	p.rotateParameters()
	docker(t, "exec", d.name, "/tsboot", "refresh")
	wantRules()
	d.stop()
	d.wantExit(0)
}
