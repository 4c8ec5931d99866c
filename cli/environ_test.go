package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestVariables(t *testing.T) {
	got, empty := tsboot.Variables([]string{"TSBOOT_REGION=a", "TSBOOT_REGION=b", "TSBOOT_USER=", "TSBOOT_ODD", "PATH=/bin", "TSBOOT_SET=a=b", "TSBOOT_GRACE=", "TSBOOT_GRACE=1s"})
	want := map[string]string{"TSBOOT_REGION": "a", "TSBOOT_SET": "a=b"}
	if len(got) != len(want) || got["TSBOOT_REGION"] != "a" || got["TSBOOT_SET"] != "a=b" {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(empty) != 2 || !empty["TSBOOT_USER"] || !empty["TSBOOT_GRACE"] {
		t.Errorf("empty are %v", empty)
	}
}

func TestBind(t *testing.T) {
	for _, test := range []struct {
		name      string
		args      []string
		variables map[string]string
		want      []string
		wantErr   string
	}{
		{"list", nil, map[string]string{"TSBOOT_SSM_PATH": "/a, /b,"}, []string{"/a", "/b"}, ""},
		{"flag beats variable", []string{"--ssm-path", "/c,d"}, map[string]string{"TSBOOT_SSM_PATH": "/a"}, []string{"/c,d"}, ""},
		{"wrong value", nil, map[string]string{"TSBOOT_GRACE": "soon"}, nil, "variable TSBOOT_GRACE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fs := pflag.NewFlagSet(test.name, pflag.ContinueOnError)
			paths := fs.StringArray("ssm-path", nil, "")
			fs.Duration("grace", 0, "")
			if err := fs.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			_, err := tsboot.Bind(fs, test.variables)
			if test.wantErr != "" {
				var usage *UsageError
				if !errors.As(err, &usage) || !strings.Contains(err.Error(), test.wantErr) {
					t.Errorf("error %v, want a usage error with %q", err, test.wantErr)
				}
				return
			}
			if err != nil || !slices.Equal(*paths, test.want) {
				t.Errorf("got %q, %v, want %q", *paths, err, test.want)
			}
		})
	}
}

// Only a word that is near is named: a hint that leads elsewhere costs its reader more than none.
func TestUnknownVariables(t *testing.T) {
	flags := []string{"ssm-path", "region", "set", "user", "grace", "log-level", "start-limit-burst"}
	for _, test := range []struct{ name, says string }{
		{"TSBOOT_SSM_PAHT", "nearest is TSBOOT_SSM_PATH"},
		{"TSBOOT_SSM_PATHS", "nearest is TSBOOT_SSM_PATH"},
		{"TSBOOT_GRCAE", "nearest is TSBOOT_GRACE"},
		{"TSBOOT_START_LIMIT_BURTS", "nearest is TSBOOT_START_LIMIT_BURST"},
		{"TSBOOT_STX", ""},
		{"TSBOOT_HOST", ""},
		{"TSBOOT_NAME", ""},
		{"TSBOOT_ENVIRONMENT", ""},
		{"TSBOOT_", ""},
		{"TSBOOT_PORT", "service"},
		{"TSBOOT_SERVICE_HOST", "service"},
		{"TSBOOT_SERVICE_PORT_HTTPS", "service"},
		{"TSBOOT_PORT_80_TCP", "service"},
		{"TSBOOT_PORT_53_UDP_PROTO", "service"},
		{"TSBOOT_METRICS_PORT_9090_TCP_ADDR", "service"},
	} {
		got := tsboot.UnknownVariables(map[string]string{test.name: "x", "TSBOOT_REGION": "r"}, flags)
		if len(got) != 1 || !strings.HasPrefix(got[0], test.name+" is not a variable of tsboot") {
			t.Errorf("%s: got %q", test.name, got)
		} else if rest := strings.TrimPrefix(got[0], test.name+" is not a variable of tsboot"); !strings.Contains(rest, test.says) || test.says == "" && rest != "" || test.says == "service" && strings.Contains(rest, "nearest") {
			t.Errorf("%s: got %q, want %q", test.name, got[0], test.says)
		}
	}
}
