package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/watch/audit/kernel"
	"github.com/tsboot/tsboot/watch/console"
	"github.com/tsboot/tsboot/watch/container/runtime"
	"github.com/tsboot/tsboot/watch/detect"
	"github.com/tsboot/tsboot/watch/event"
	"github.com/tsboot/tsboot/watch/pipeline"
)

const (
	flagConfig = "config"
	flagRunDir = "run-dir" // empty on purpose: its empty variable counts, too
)

// What a tswatch does, in its status.
const (
	doingWatch  = "watch"
	doingReplay = "replay"
)

// What a flag may say.
const (
	maxQueue  = 1 << 30
	minBuffer = 4 << 10
	maxBuffer = 1 << 30 // the kernel takes twice as much, as a number of 32 bits
)

// onOff are the words of --audit-rules.
var onOff = []string{"on", "off"}

// settings holds the values of the flags as the flag library sets them.
type settings struct {
	config string

	ruleSets []string
	ruleDirs []string

	outputs     []string
	format      string
	emit        string
	fileMaxSize cli.ByteSize
	fileKeep    int
	tokenFile   string
	spoolDir    string
	spoolMax    cli.ByteSize

	auditMode     string
	auditRules    string
	auditUIDs     []string
	receiveBuffer cli.ByteSize
	queue         int

	docker     string
	containerd string
	proc       string
	hostRoot   string

	runDir      string
	runDirGiven bool // it is not the default
	console     string
	consoleAt   console.Address
	maxLoss     float64

	recordFor  time.Duration
	containers string
	log        cli.LogOptions

	origins cli.Origins // what gave each flag its value
}

func (s *settings) configFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.config, flagConfig, "", "read flags from `FILE`, YAML or JSON: each key is the name of a flag without --")
}

func (s *settings) ruleFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&s.ruleSets, "ruleset", []string{detect.BaseRuleSet, detect.DockerRuleSet}, "`NAMES` of the rule sets that judge, separated by commas")
	fs.StringArrayVar(&s.ruleDirs, "rules-dir", nil, "read own rules, *.yaml, from `DIR`; repeatable; a rule with the id of a built-in one replaces it")
}

func (s *settings) outputFlags(fs *pflag.FlagSet) {
	s.fileMaxSize, s.spoolMax = 100<<20, 256<<20
	fs.StringArrayVar(&s.outputs, "output", []string{"stdout"}, "`WHERE` the lines go: stdout, file:PATH, unix:PATH, https://HOST/PATH or http://127.0.0.1:PORT/PATH; repeatable")
	fs.StringVar(&s.format, "format", string(event.FormatECS), "`FORMAT` of the lines: ecs, ocsf or falco")
	fs.StringVar(&s.emit, "emit", string(pipeline.EmitAll), "`WHICH` lines are written: all; containers: events with a container, and alerts; alerts")
	fs.Var(&s.fileMaxSize, "file-max-size", "rotate an output file that would be larger than `BYTES`; 0 never")
	fs.IntVar(&s.fileKeep, "file-keep", 5, "keep so many older files of an output")
	fs.StringVar(&s.tokenFile, "token-file", "", "`FILE` with the bearer token of http(s) outputs; read again at SIGHUP")
	fs.StringVar(&s.spoolDir, "spool-dir", "", "`DIR` where lines wait when an http(s) output does not answer")
	fs.Var(&s.spoolMax, "spool-max", "so many `BYTES` may wait there; then the oldest events that are no alerts go first")
}

func (s *settings) kernelFlags(fs *pflag.FlagSet) {
	s.receiveBuffer = 8 << 20
	fs.StringVar(&s.auditMode, "audit-mode", string(kernel.Multicast), "`MODE` of reading: multicast lives beside auditd; unicast takes the place of the audit daemon")
	fs.StringVar(&s.auditRules, "audit-rules", "on", "`WHETHER` to add kernel rules: on: those that the rule sets need, taken away at the end; off: only listen")
	fs.StringArrayVar(&s.auditUIDs, "audit-uid", nil, "limit our kernel rules to the user `UID`; repeatable")
	fs.Var(&s.receiveBuffer, "receive-buffer", "`BYTES` of records that may wait in the kernel")
}

func (s *settings) lookupFlags(fs *pflag.FlagSet) {
	fs.IntVar(&s.queue, "queue", pipeline.DefaultQueue, "so many records may wait between reader and pipeline")
	fs.StringVar(&s.docker, "docker", runtime.Auto, "`HOST` of Docker, as unix:///var/run/docker.sock; auto, off")
	fs.StringVar(&s.containerd, "containerd", runtime.Auto, "`ADDRESS` of containerd, as /run/containerd/containerd.sock; auto, off")
	fs.StringVar(&s.proc, "proc", "/proc", "`DIR` where the host's /proc is")
	fs.StringVar(&s.hostRoot, "host-root", "/", "`DIR` where the host's root is")
}

func (s *settings) runDirFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.runDir, flagRunDir, "/run/tswatch", "`DIR` of the control socket, by which tswatch status and health ask; empty: no socket")
}

func (s *settings) consoleFlag(fs *pflag.FlagSet) {
	fs.StringVar(&s.console, "console", "", "serve a page with live events on `ADDR`: 127.0.0.1:PORT, [::1]:PORT or unix:PATH")
}

func (s *settings) maxLossFlag(fs *pflag.FlagSet) {
	fs.Float64Var(&s.maxLoss, "max-loss", 0.001, "not healthy when more than this `RATIO` of the events of the last minute was lost")
}

func (s *settings) logFlags(fs *pflag.FlagSet) { s.log.Flags(fs, program) }

// replayFlags are those of a replay: all but the kernel's.
func (s *settings) replayFlags(fs *pflag.FlagSet) {
	fs.StringVar(&s.containers, "containers", "", "take containers of processes from `FILE`, JSON: {\"PID\": {\"id\", \"name\", \"image\", \"vpid\"}}")
	s.configFlag(fs)
	s.ruleFlags(fs)
	s.outputFlags(fs)
	s.lookupFlags(fs)
	s.runDirFlag(fs)
	s.consoleFlag(fs)
	s.maxLossFlag(fs)
	s.logFlags(fs)
}

// agentFlags are those of the agent.
func (s *settings) agentFlags(fs *pflag.FlagSet) {
	s.configFlag(fs)
	s.ruleFlags(fs)
	s.outputFlags(fs)
	s.kernelFlags(fs)
	s.lookupFlags(fs)
	s.runDirFlag(fs)
	s.consoleFlag(fs)
	s.maxLossFlag(fs)
	s.logFlags(fs)
}

// recordFlags are those of a recording: the kernel's.
func (s *settings) recordFlags(fs *pflag.FlagSet) {
	fs.DurationVar(&s.recordFor, "for", 0, "end after `TIME`, as 10s; 0: at SIGTERM or SIGINT")
	s.configFlag(fs)
	s.kernelFlags(fs)
	s.logFlags(fs)
}

// validate checks the words and numbers that the flag library cannot.
func (s *settings) validate() error {
	if err := s.origins.OneOf("format", s.format, formats()); err != nil {
		return err
	}
	if err := s.origins.OneOf("emit", s.emit, emits()); err != nil {
		return err
	}
	switch {
	case len(s.outputs) == 0:
		return s.origins.Wrongf("output", ": at least one output is needed")
	case s.fileKeep < 0:
		return s.origins.Wrongf("file-keep", " %d: want 0 or more", s.fileKeep)
	case s.queue < 1 || s.queue > maxQueue:
		return s.origins.Wrongf("queue", " %d: want 1 to %d", s.queue, maxQueue)
	}
	if err := s.validateMaxLoss(); err != nil {
		return err
	}
	if err := s.validateRuntimes(); err != nil {
		return err
	}
	if s.console != "" {
		var err error
		if s.consoleAt, err = console.ParseAddress(s.console); err != nil {
			return s.origins.Wrongf("console", " %w", err)
		}
	}
	return s.validateRules()
}

// validateKernel checks the flags that a replay does not have, and the directories that it does not look at.
func (s *settings) validateKernel() error {
	if err := s.origins.OneOf("audit-mode", s.auditMode, auditModes()); err != nil {
		return err
	}
	if err := s.origins.OneOf("audit-rules", s.auditRules, onOff); err != nil {
		return err
	}
	if s.receiveBuffer < minBuffer || s.receiveBuffer > maxBuffer {
		return s.origins.Wrongf("receive-buffer", " %s: want 4KiB to 1GiB", &s.receiveBuffer)
	}
	if err := s.origins.Directory("proc", s.proc); err != nil {
		return err
	}
	err := s.origins.Directory("host-root", s.hostRoot)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: mount the host's root there (-v /:%s:ro), or name where it is", err, s.hostRoot)
	}
	return err
}

func (s *settings) validateRuntimes() error {
	if err := runtime.CheckDocker(s.docker); err != nil {
		return s.origins.Wrongf("docker", " %q: %w", s.docker, err)
	}
	if err := runtime.CheckContainerd(s.containerd); err != nil {
		return s.origins.Wrongf("containerd", " %q: %w", s.containerd, err)
	}
	return nil
}

func (s *settings) validateMaxLoss() error {
	if math.IsNaN(s.maxLoss) || s.maxLoss < 0 || s.maxLoss > 1 {
		return s.origins.Wrongf("max-loss", " %v: want a ratio from 0 to 1", s.maxLoss)
	}
	return nil
}

func (s *settings) validateRules() error {
	s.ruleSets = cli.SplitList(strings.ReplaceAll(strings.Join(s.ruleSets, ","), "\n", ",")) // a file may have a name on each line
	if len(s.ruleSets) == 0 {
		return s.origins.Wrongf("ruleset", ": at least one rule set is needed")
	}
	for _, dir := range s.ruleDirs {
		if err := s.origins.Directory("rules-dir", dir); err != nil {
			return err
		}
	}
	return nil
}

func formats() []string {
	return []string{string(event.FormatECS), string(event.FormatOCSF), string(event.FormatFalco)}
}

func emits() []string {
	return []string{string(pipeline.EmitAll), string(pipeline.EmitContainers), string(pipeline.EmitAlerts)}
}

func auditModes() []string { return []string{string(kernel.Multicast), string(kernel.Unicast)} }
