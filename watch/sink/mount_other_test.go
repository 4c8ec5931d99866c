//go:build !linux

package sink

import "errors"

func mountTmpfs(string, string) error { return errors.New("there is no tmpfs") }

func unmount(string) error { return nil }
