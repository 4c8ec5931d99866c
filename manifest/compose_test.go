package manifest_test

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/manifest"
)

type composeFile struct {
	Services map[string]composeService
}

// composeService has the keys of the compose specification that are used, with its types.
type composeService struct {
	Image          string
	Command        []string
	PID            string   `yaml:"pid"`
	NetworkMode    string   `yaml:"network_mode"`
	ReadOnly       bool     `yaml:"read_only"`
	CapDrop        []string `yaml:"cap_drop"`
	CapAdd         []string `yaml:"cap_add"`
	Tmpfs          []string
	Volumes        []composeVolume
	Healthcheck    *composeHealthcheck
	StopGrace      time.Duration `yaml:"stop_grace_period"`
	Restart        string
	MemReservation string `yaml:"mem_reservation"`
}

type composeVolume struct {
	Type, Source, Target string
	ReadOnly             bool `yaml:"read_only"`
	Bind                 struct {
		Create bool `yaml:"create_host_path"`
	}
}

type composeHealthcheck struct {
	Test              []string
	Interval, Timeout time.Duration
	Retries           int
	StartPeriod       time.Duration `yaml:"start_period"`
}

func service(t *testing.T, name string, o manifest.Options) composeService {
	t.Helper()
	text := make1(t, "compose", o).Text
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var file composeFile
	if err := decoder.Decode(&file); err != nil || len(file.Services) != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	return file.Services[name]
}

func TestCompose(t *testing.T) {
	t.Parallel()
	everyProfile(t, func(t *testing.T, name string) {
		o := deployment(name)
		o.Name, o.Boot.Sources.Dirs = "it", []string{"/run/secrets"}
		s := service(t, "it", o)
		if !slices.Equal(s.CapDrop, []string{"ALL"}) || s.StopGrace <= 25*time.Second || (s.NetworkMode == "host") == (name == "exec") {
			t.Errorf("%+v", s)
		}
		if h := s.Healthcheck; !slices.Equal(h.Test, []string{"CMD", "/tsboot", "health"}) || h.StartPeriod < 30*time.Second || h.Retries < 1 {
			t.Errorf("health check %+v", h)
		}
		if s.ReadOnly && !slices.ContainsFunc(s.Tmpfs, func(m string) bool { return strings.HasPrefix(m, "/run/tsboot:") }) {
			t.Errorf("tmpfs %q", s.Tmpfs)
		}
		if !slices.ContainsFunc(s.Volumes, func(v composeVolume) bool { return v.Target == "/run/secrets" && v.ReadOnly }) {
			t.Errorf("volumes %+v", s.Volumes)
		}
	})
}

func TestComposeFlags(t *testing.T) {
	t.Parallel()
	o := deployment("snmpd")
	o.Boot.Stop.Grace, o.Boot.RunDir, o.Boot.Given["run-dir"] = 4*time.Minute, "", "--run-dir"
	if s := service(t, "snmpd", o); s.StopGrace != 245*time.Second || s.Healthcheck != nil || !slices.Contains(s.CapAdd, "NET_BIND_SERVICE") {
		t.Errorf("%+v", s)
	}
	words := service(t, "server", hostileDeployment()).Command
	for i, word := range words {
		if strings.Contains(strings.ReplaceAll(word, "$$", ""), "$") {
			t.Errorf("%q would be expanded", word)
		}
		words[i] = strings.ReplaceAll(word, "$$", "$")
	}
	wantHostile(t, words)
}

// TestComposeConfig: the reader of docker compose itself takes the file, with all that it checks for `docker compose config`,
// and has the words that were given.
func TestComposeConfig(t *testing.T) {
	t.Parallel()
	wantHostile(t, composeConfig(t, make1(t, "compose", hostileDeployment()).Text).Command)
}

// composeConfig is the one service of a file, as docker compose reads it.
func composeConfig(t *testing.T, text []byte) *types.ServiceConfig {
	t.Helper()
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: "/", Environment: types.Mapping{}, ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: text}},
	}, func(o *loader.Options) { o.SetProjectName("manifest", true) })
	if err != nil || len(project.Services) != 1 {
		t.Fatalf("%v\n%s", err, text)
	}
	var service types.ServiceConfig
	for _, service = range project.Services {
		at := map[string]bool{}
		for _, volume := range service.Volumes {
			if at[volume.Target] || !path.IsAbs(volume.Target) || volume.Target == "/" {
				t.Errorf("%s is mounted twice, or is no place for it", volume.Target)
			}
			at[volume.Target] = true
		}
		for _, tmpfs := range service.Tmpfs {
			if target, _, _ := strings.Cut(tmpfs, ":"); at[target] {
				t.Errorf("%s is mounted twice", target)
			}
		}
	}
	return &service
}
