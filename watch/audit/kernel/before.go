package kernel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// beforeName is the file in the run directory that says how the settings were before tswatch changed them. It is there
// while they are changed: a start that finds it follows a tswatch that was killed, and knows what to put back.
const beforeName = "kernel.json"

// settings are what tswatch changes besides rules.
type settings struct {
	Enabled         uint32 `json:"enabled"`
	BacklogLimit    uint32 `json:"backlog_limit"`
	BacklogWaitTime uint32 `json:"backlog_wait_time"`
}

func settingsOf(s State) settings { return settings{s.Enabled, s.BacklogLimit, s.BacklogWaitTime} }

// change is what was, and what tswatch made of it. After a boot it says nothing any more.
type change struct {
	Boot   string   `json:"boot"`
	Before settings `json:"before"`
	After  settings `json:"after"`
	Daemon uint32   `json:"daemon,omitempty"` // the audit daemon that lived before; it does not count on what was made
}

// back are the settings to put back, from what is now: what somebody else has changed since is theirs.
func (c change) back(now settings) settings {
	put := func(now, before, after uint32) uint32 {
		if now == after {
			return before
		}
		return now
	}
	return settings{
		Enabled:         put(now.Enabled, c.Before.Enabled, c.After.Enabled),
		BacklogLimit:    put(now.BacklogLimit, c.Before.BacklogLimit, c.After.BacklogLimit),
		BacklogWaitTime: put(now.BacklogWaitTime, c.Before.BacklogWaitTime, c.After.BacklogWaitTime),
	}
}

// readChange reads the file of a tswatch that was killed since the boot; false where there is none.
func readChange(dir, boot string) (change, bool, error) {
	if dir == "" {
		return change{}, false, nil
	}
	path := filepath.Join(dir, beforeName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return change{}, false, nil
	}
	if err != nil {
		return change{}, false, err
	}
	var c change
	if json.Unmarshal(text, &c) != nil || c.Boot != boot {
		return change{}, false, nil
	}
	return c, true, nil
}

// writeChange makes the file, whole or not at all.
func writeChange(dir string, c change) error {
	if dir == "" {
		return nil
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, beforeName)
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("note the settings of audit: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("note the settings of audit: %w", err)
	}
	return nil
}

func removeChange(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(dir, beforeName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// bootID is new at each boot; empty where /proc does not say.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
