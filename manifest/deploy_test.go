package manifest_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/manifest"
)

var update = flag.Bool("update", false, "write deploy/ instead of comparing")

// deployFiles are the names of the kinds in deploy/PROFILE.
var deployFiles = map[string]string{
	"ecs": "ecs.json", "ecs-daemon": "ecs-daemon.json", "fargate": "fargate.json", "cloudformation": "cloudformation.yaml",
	"terraform": "main.tf", "kubernetes": "kubernetes.yaml", "compose": "compose.yaml", "systemd": "tsboot.service",
}

// TestDeploy: deploy/ is what the program prints today.
func TestDeploy(t *testing.T) {
	t.Parallel()
	tsboot := binary.Tsboot(t)
	for _, profile := range []string{"auditd", "threatstack-2", "tswatch", "zabbix-agent2"} {
		dir := filepath.Join("../deploy", profile)
		for _, kind := range manifest.Kinds() {
			cmd := exec.Command(tsboot, "manifest", kind, "--profile", profile, "--ssm-path", "/"+profile+"/prod")
			cmd.Env = []string{}
			want, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			file := filepath.Join(dir, deployFiles[kind])
			if *update {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not what tsboot manifest prints (make deploy): %v", file, err)
			}
		}
	}
}
