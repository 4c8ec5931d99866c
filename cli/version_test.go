package cli

import (
	"runtime/debug"
	"testing"
)

// TestVersionOfBuild: what go install, go build in a repository and go build without one write into the binary.
func TestVersionOfBuild(t *testing.T) {
	t.Parallel()
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "8872474873e819a95b3041f113d6904173b62d6e"}
	for _, test := range []struct {
		module   string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", nil, "v1.2.3"},
		{"v0.0.0-20261129205534-8872474873e8+dirty", []debug.BuildSetting{revision}, "v0.0.0-20261129205534-8872474873e8+dirty"},
		{"(devel)", []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "false"}}, "devel-8872474873e8"},
		{"(devel)", []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "true"}}, "devel-8872474873e8-dirty"},
		{"(devel)", []debug.BuildSetting{{Key: "vcs.revision", Value: "123"}}, "devel-123"},
		{"(devel)", nil, "devel"},
		{"", nil, "devel"},
	} {
		if got := versionOfBuild(&debug.BuildInfo{Main: debug.Module{Version: test.module}, Settings: test.settings}); got != test.want {
			t.Errorf("%q %v: got %s, want %s", test.module, test.settings, got, test.want)
		}
	}
}
