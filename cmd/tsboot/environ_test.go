package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestTsbootVariables(t *testing.T) {
	got := tsbootVariables([]string{"TSBOOT_REGION=a", "TSBOOT_REGION=b", "TSBOOT_USER=", "TSBOOT_ODD", "PATH=/bin", "TSBOOT_SET=a=b"})
	want := map[string]string{"TSBOOT_REGION": "a", "TSBOOT_SET": "a=b"}
	if len(got) != len(want) || got["TSBOOT_REGION"] != "a" || got["TSBOOT_SET"] != "a=b" {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBindVariables(t *testing.T) {
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
			var s settings
			fs := pflag.NewFlagSet(test.name, pflag.ContinueOnError)
			s.bootFlags(fs)
			if err := fs.Parse(test.args); err != nil {
				t.Fatal(err)
			}
			err := bindVariables(fs, test.variables)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantErr) || exitCode(err) != exitUsage {
					t.Errorf("error %v, want a usage error with %q", err, test.wantErr)
				}
				return
			}
			if err != nil || !slices.Equal(s.ssmPaths, test.want) {
				t.Errorf("got %q, %v, want %q", s.ssmPaths, err, test.want)
			}
		})
	}
}

func TestUnknownVariablesNameTheNearest(t *testing.T) {
	got := unknownVariables(map[string]string{"TSBOOT_SSM_PAHT": "/a", "TSBOOT_REGION": "r"}, []string{"ssm-path", "region"})
	if len(got) != 1 || !strings.Contains(got[0], "TSBOOT_SSM_PAHT") || !strings.Contains(got[0], "nearest is TSBOOT_SSM_PATH") {
		t.Errorf("got %q", got)
	}
}

func TestSplitCommand(t *testing.T) {
	for _, test := range []struct {
		args, flags, command []string
	}{
		{[]string{"--region", "r"}, []string{"--region", "r"}, nil},
		{[]string{"exec", "--", "a", "--", "b"}, []string{"exec"}, []string{"a", "--", "b"}},
		{[]string{"--"}, []string{}, []string{}},
		{[]string{"__complete", "exec", "--", ""}, []string{"__complete", "exec", "--", ""}, nil},
	} {
		flags, command := splitCommand(test.args)
		if !slices.Equal(flags, test.flags) || !slices.Equal(command, test.command) || (command == nil) != (test.command == nil) {
			t.Errorf("%q: got %q and %q, want %q and %q", test.args, flags, command, test.flags, test.command)
		}
	}
}
