package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
)

func TestFlagsThatMeanNothingWithReplace(t *testing.T) {
	for flag, refused := range map[string]bool{
		"restart": true, "backoff-initial": true, "backoff-max": true, "backoff-reset": true, "start-limit-burst": true,
		"start-limit-interval": true, "stop-on": true, "stop-signal": true, "grace": true, "signal-rewrite": true,
		"signal-scope": true, "exit-remap": true, "parent-death-signal": true, "metrics-file": true, "refresh": true, "refresh-probation": true,
		"user": false, "working-dir": false, "pass-env": false, "ssm-path": false, "log-level": false,
	} {
		s := settings{replace: true, given: boot.Given{flag: "--" + flag}}
		s.bootFlags(pflag.NewFlagSet("", pflag.ContinueOnError))
		err := s.validateReplace()
		if got := boot.KindOf(err) == boot.Usage && strings.Contains(err.Error(), "--"+flag); got != refused {
			t.Errorf("--%s: %v", flag, err)
		}
		s.given = boot.Given{flag: program.Variable(flag)}
		if err := s.validateReplace(); err != nil {
			t.Errorf("%s: %v", program.Variable(flag), err)
		}
	}
}
