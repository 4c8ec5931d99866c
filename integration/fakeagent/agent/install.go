package agent

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// layouts says which directories and programs each generation has below /opt/threatstack. The first program is a
// copy of this one, the others are links to it.
var layouts = map[string]struct{ dirs, programs []string }{
	"1": {
		dirs:     []string{"bin", "etc", "cloudsight/config", "cloudsight/logs", "cloudsight/pids"},
		programs: []string{"bin/cloudsight", "bin/tsauditd"},
	},
	"2": {
		dirs:     []string{"bin", "sbin", "etc", "log"},
		programs: []string{"bin/tsagent", "sbin/tsagentd", "bin/tsauditd"},
	},
}

func install(generation, dir string) error {
	layout, ok := layouts[generation]
	if !ok {
		return fmt.Errorf("generation %q: 1 or 2", generation)
	}
	for _, sub := range layout.dirs {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	first := filepath.Join(dir, layout.programs[0])
	if err := copySelf(first); err != nil {
		return err
	}
	for _, program := range layout.programs[1:] {
		if err := os.Symlink("../"+layout.programs[0], filepath.Join(dir, program)); err != nil {
			return err
		}
	}
	return nil
}

func copySelf(target string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	source, err := os.Open(self)
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(copied, source); err != nil {
		copied.Close()
		return err
	}
	return copied.Close()
}
