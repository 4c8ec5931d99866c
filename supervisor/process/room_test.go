//go:build linux

package process

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestRoomInCgroup(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		self  string
		files map[string]string
		want  int
	}{
		"version 1":                 {"4:cpu,pids:/a/b\n", map[string]string{"cpu,pids/a/b/pids.max": "12\n", "cpu,pids/a/b/pids.current": "5\n"}, 7},
		"version 2":                 {"0::/a\n", map[string]string{"a/pids.max": "12\n", "a/pids.current": "12\n"}, 0},
		"more than the limit":       {"0::/a\n", map[string]string{"a/pids.max": "3\n", "a/pids.current": "12\n"}, 0},
		"a container's own root":    {"0::/../x/y\n", map[string]string{"pids.max": "12\n", "pids.current": "3\n"}, 9},
		"no limit":                  {"0::/a\n", map[string]string{"a/pids.max": "max\n", "a/pids.current": "12\n"}, math.MaxInt},
		"much room":                 {"0::/a\n", map[string]string{"a/pids.max": "4096\n", "a/pids.current": "12\n"}, 4084},
		"of another controller":     {"4:memory:/a\n", map[string]string{"memory/a/pids.max": "12\n", "memory/a/pids.current": "5\n"}, math.MaxInt},
		"not to be seen":            {"4:pids:/a/b\n0::/a\n", nil, math.MaxInt},
		"not what was expected":     {"garbage\n\n", nil, math.MaxInt},
		"two trees, the least wins": {"4:pids:/a\n0::/a\n", map[string]string{"pids/a/pids.max": "9", "pids/a/pids.current": "4", "a/pids.max": "9", "a/pids.current": "6"}, 3},
	} {
		dir := t.TempDir()
		self := filepath.Join(dir, "self")
		if err := os.WriteFile(self, []byte(test.self), 0o600); err != nil {
			t.Fatal(err)
		}
		for path, content := range test.files {
			path = filepath.Join(dir, "mount", path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := roomInCgroup(self, filepath.Join(dir, "mount")); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	if got := roomInCgroup("/nonexistent", "/nonexistent"); got != math.MaxInt {
		t.Errorf("without /proc: %d", got)
	}
}
