package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/cli"
)

// wrongValues are values that each flag refuses; nil: it takes every text.
var wrongValues = map[string][]string{
	"ssm-path":             {"app/prod", "/", "/a b", "/a?"},
	"allow-root-path":      {"maybe"},
	"ssm-parameter":        {"/app/?", "arn:aws:s3:::bucket"},
	"ssm-label":            {"?", "aws-label"},
	"ssm-fetch":            {"by-name"},
	"secrets-dir":          {"/no/such/directory"},
	"set":                  {"no-value", "=value"},
	"region":               {"us-east-1a", "moon"},
	"fetch-timeout":        {"soon", "-1s", "5"},
	"splay":                {"soon", "-1ms", "24h"},
	"on-fetch-failure":     {"carry-on"},
	"profile":              {"no-such-profile", "./missing.yaml", "/dev/zero", "/dev"},
	"restart":              {"sometimes"},
	"backoff-initial":      {"soon", "-1s", "31s"},
	"backoff-max":          {"soon", "-1s", "1ms"},
	"backoff-reset":        {"soon", "-1s"},
	"start-limit-burst":    {"many", "-1", "99999999999999999999"},
	"start-limit-interval": {"soon", "-1s"},
	"refresh":              {"often", "-1s"},
	"refresh-probation":    {"long", "-1s"},
	"stop-on":              {"SIGNOPE"},
	"stop-signal":          {"99"},
	"grace":                {"soon", "-1s"},
	"signal-rewrite":       {"TERM", "TERM:NOPE", "NOPE:TERM"},
	"signal-scope":         {"session"},
	"exit-remap":           {"256", "1:x"},
	"parent-death-signal":  {"NOPE"},
	"user":                 {"no-such-user"},
	"working-dir":          {"/no/such/directory", "/dev/null"},
	"pass-env":             {"A*B"},
	"prefer-env":           {"A*B"},
	"allow-env":            {"A*B"},
	"metrics-file":         {"/var/lib/node_exporter/", ".."},
	"resolve-env":          {"maybe"},
	"pristine":             {"maybe"},
	"strict":               {"maybe"},
	"replace":              {"maybe"},
	"reveal":               {"maybe"},
	"json":                 {"maybe"},
	"log-level":            {"loud"},
	"log-format":           {"xml"},
	"format":               {"xml"},
	"account":              {"12"},
	"kms-key":              {"my key"},
	"output-file":          {"/dev/null"},
	"name":                 {"A/B"},
	"image":                {"a b"},
	"mount":                {"data:/data", "/:/host:rw"},
	"memory":               {"much", "-1"},
	"hosts":                {"many", "-1"},
	"run-dir":              nil,
	"live":                 {"maybe"},
	"timeout":              {"soon", "-1s"},
}

// TestMessagesNameTheOrigin: for every flag of every command, what is wrong with its value is said of the flag when the
// flag gave it, and of the variable when that did.
func TestMessagesNameTheOrigin(t *testing.T) {
	a := &app{}
	root := a.rootCommand()
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		cli.OwnFlags(cmd.Flags(), func(flag *pflag.Flag) {
			if _, known := wrongValues[flag.Name]; !known {
				t.Errorf("--%s: no wrong value to try", flag.Name)
			}
			if cmd.Name() == "iam-policy" && (flag.Name == "secrets-dir" || flag.Name == "profile") {
				return // a policy is made without a look at directories or, by path, at the profile
			}
			if cmd.Name() == "manifest" && slices.Contains([]string{"secrets-dir", "user", "working-dir"}, flag.Name) {
				return // these are of another machine
			}
			for _, value := range wrongValues[flag.Name] {
				t.Run(cmd.Name()+" "+flag.Name+"="+value, func(t *testing.T) {
					t.Parallel()
					testOrigin(t, cmd, flag.Name, value)
				})
			}
		})
	}
}

func testOrigin(t *testing.T, cmd *cobra.Command, flag, value string) {
	t.Helper()
	variable := program.Variable(flag)
	byFlag := lastWords(t, cmd, []string{"--" + flag + "=" + value}, nil, flag)
	if !names(byFlag, "--"+flag) || names(byFlag, variable) {
		t.Errorf("by flag: %s", byFlag)
	}
	byVariable := lastWords(t, cmd, nil, []string{variable + "=" + value}, flag)
	if !names(byVariable, variable) || names(byVariable, "--"+flag) {
		t.Errorf("by variable: %s", byVariable)
	}
}

// names says whether text has the word as a whole.
func names(text, word string) bool {
	return regexp.MustCompile(regexp.QuoteMeta(word) + `([^A-Za-z_-]|$)`).MatchString(text)
}

// lastWords runs a command of tsboot and returns the line that it ends with, or what check says.
func lastWords(t *testing.T, cmd *cobra.Command, flags, variables []string, flag string) string {
	t.Helper()
	args := append(strings.Fields(cmd.CommandPath())[1:], flags...)
	reads := slices.Contains([]string{"ssm-label", "region", "splay"}, flag) // looked at only where something is read
	if reads || cmd.Name() == "iam-policy" && flag != "ssm-path" && flag != "ssm-parameter" {
		args = append(args, "--ssm-path=/app")
	}
	if cmd.Name() == "manifest" {
		args = append(args, "ecs")
	}
	switch {
	case cmd.Name() == "render" && flag != "profile":
		args = append(args, "--profile=exec")
	case cmd.Name() == "exec", (cmd.Name() == "tsboot" || cmd.Name() == "manifest") && flag != "profile":
		args = append(args, "--", "true")
	}
	program := exec.Command("tsboot", args...)
	program.Env = append(variables, "PATH="+os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true", "TSBOOT_RUN_DIR=", "GORACE=atexit_sleep_ms=0")
	var stdout, stderr bytes.Buffer
	program.Stdout, program.Stderr = &stdout, &stderr
	err := program.Run()
	var exit *exec.ExitError
	if wanted := map[bool]int{true: exitOf(boot.CannotWrite), false: exitOf(boot.Usage)}[flag == "output-file"]; !errors.As(err, &exit) || exit.ExitCode() != wanted {
		t.Errorf("%v: %v, want exit code %d", program.Args, err, wanted)
	}
	if stdout.Len() > 0 { // the report of check
		_, problems, _ := strings.Cut(stdout.String(), "\nproblems\n")
		return problems
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	return lines[len(lines)-1]
}
