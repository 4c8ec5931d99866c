package main

import (
	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/supervisor"
)

// options parses the settings, once, and says what is wrong with them.
func (s *settings) options() (boot.Options, boot.Problems) {
	var found boot.Problems
	o := boot.Options{
		Profile:   s.profile,
		Command:   s.command,
		Replace:   s.replace,
		NoCommand: s.withoutCommand,
		Sources: boot.Sources{
			Paths: s.ssmPaths, AllowRoot: s.allowRootPath, Label: s.ssmLabel, Fetch: s.ssmFetch, Parameters: s.ssmParameters,
			Dirs: s.secretsDirs, Set: s.set, ResolveEnv: s.resolveEnv,
			Region: s.region, Timeout: s.fetchTimeout, Splay: s.splay, OnFailure: s.onFetchFailure,
		},
		Refresh: boot.Refresh{Every: s.refresh, Probation: s.refreshProbation},
		Restart: boot.Restart{
			Policy: supervisor.RestartPolicy(s.restart), BackoffInitial: s.backoffInitial, BackoffMax: s.backoffMax, BackoffReset: s.backoffReset,
			StartLimitBurst: s.startLimitBurst, StartLimitInterval: s.startLimitInterval,
		},
		Environment: configgen.EnvOptions{
			Pass: s.passEnv, Prefer: s.preferEnv, Allow: s.allowEnv, Pristine: s.pristine, Strict: s.strict, StrictFrom: s.given.Name("strict"),
		},
		Log:         boot.Log{Level: s.log.Level, Format: s.log.Format, Coloured: s.log.Coloured},
		MetricsFile: s.metricsFile,
		RunDir:      s.runDir,
		Given:       s.given,
	}
	o.Stop, found.Stop = boot.StopWords{
		On: s.stopOn, Signal: s.stopSignal, Rewrite: s.signalRewrite, Remap: s.exitRemap, ParentDeath: s.parentDeathSignal,
	}.Parse(s.given)
	o.Stop.Grace, o.Stop.Scope = s.grace, supervisor.SignalScope(s.signalScope)
	o.Process, found.Process = s.process()
	return o, o.Validate(found)
}

func (s *settings) process() (boot.Process, error) {
	process := boot.Process{Dir: s.workingDir}
	if s.command != nil && len(s.command) == 0 {
		return process, boot.Usagef("no command after \"--\"")
	}
	if s.user == "" {
		return process, nil
	}
	identity, err := supervisor.LookupIdentity(s.user)
	if err != nil {
		return process, s.given.Wrongf("user", ": %w", err)
	}
	process.Identity = identity
	return process, nil
}
