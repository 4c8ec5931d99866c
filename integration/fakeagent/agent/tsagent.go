package agent

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// daemonPID is where tsagentd leaves its pid, for tsagent status to find it.
const daemonPID = "etc/tsagentd.pid"

// tsagent is the 2.x agent's tool; the daemon is a program of its own.
func (a *agent) tsagent() (int, error) {
	command, rest := a.command()
	switch command {
	case "setup":
		return a.tsagentSetup(rest)
	case "config":
		return a.tsagentConfig(rest)
	case "status":
		return a.tsagentStatus()
	case "info":
		last := "N/A"
		if a.tsagentRegistered() {
			last = "2023-07-19T00:00:00Z"
		}
		fmt.Printf("Version:\t3.2.1\nLastBackendConnection:\t%s\n", last)
		return 0, nil
	case "version":
		fmt.Println("3.2.1")
		return 0, nil
	}
	return 2, fmt.Errorf("unknown command %q", command)
}

// tsagentSetup takes --flag value and --flag=value, one dash or two, as Go's flag package does.
func (a *agent) tsagentSetup(args []string) (int, error) {
	if code, end := a.misbehave("setup", a.knobs.Setup); end {
		return code, nil
	}
	known := map[string]string{"deploy-key": "", "ruleset": "", "hostname": "", "url": "", "agent_type": "", "in_container": ""}
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if _, ok := known[name]; !ok || !strings.HasPrefix(args[i], "-") {
			return 1, fmt.Errorf("unknown argument %q", args[i])
		}
		if !inline {
			if i++; i == len(args) {
				return 1, fmt.Errorf("flag needs an argument: %q", name)
			}
			value = args[i]
		}
		known[name] = value
	}
	if known["deploy-key"] == "" {
		return 1, errors.New("a deploy key is required")
	}
	markers := map[string]string{"etc/agent.db": "registered\n", "etc/.audit": "registered\n", "etc/tsagentd.cfg": "ruleset=" + known["ruleset"] + "\n"}
	for name, content := range markers {
		if err := os.WriteFile(a.path(name), []byte(content), 0o600); err != nil {
			return 1, err
		}
	}
	fmt.Println("tsagent: registered")
	return 0, nil
}

// tsagentConfig takes --set key value [key value...], and --list.
func (a *agent) tsagentConfig(args []string) (int, error) {
	if code, end := a.misbehave("config", a.knobs.Config); end {
		return code, nil
	}
	file := a.path("etc/.config_args")
	switch {
	case len(args) == 1 && strings.TrimLeft(args[0], "-") == "list":
		data, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			return 1, err
		}
		fmt.Print(string(data))
		return 0, nil
	case len(args) >= 3 && len(args)%2 == 1 && strings.TrimLeft(args[0], "-") == "set":
		out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return 1, err
		}
		defer out.Close()
		for i := 1; i < len(args); i += 2 {
			if _, err := fmt.Fprintf(out, "%s=%s\n", args[i], args[i+1]); err != nil {
				return 1, err
			}
		}
		return 0, nil
	}
	return 1, fmt.Errorf("config takes --set key value [key value...], got %q", args)
}

func (a *agent) tsagentRegistered() bool {
	_, err := os.Stat(a.path("etc/agent.db"))
	return err == nil
}

var statusLines = []string{
	"Threat Stack Agent Daemon", "Backend Connection", "Heartbeat Service", "Login Collector", "Log Scan Service",
	"Vulnerability Scanner", "File Integrity Monitor", "Audit Collection", "Host Info Collector",
}

func (a *agent) tsagentStatus() (int, error) {
	if code, end := a.misbehave("status", a.knobs.Status); end {
		return code, nil
	}
	word := "DOWN"
	if _, running := runningPID(a.path(daemonPID)); running {
		word = "UP"
	}
	for _, line := range statusLines {
		fmt.Println(word, line)
	}
	return 0, nil
}

// tsagentd is the 2.x daemon; a container runs it in the foreground with its log on standard output.
func (a *agent) tsagentd() (int, error) {
	for _, arg := range a.args {
		if name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "="); name != "logstdout" {
			return 2, fmt.Errorf("flag provided but not defined: %q", arg)
		}
	}
	if !a.tsagentRegistered() {
		return 1, errors.New("not set up: run tsagent setup")
	}
	if err := os.WriteFile(a.path(daemonPID), []byte(fmt.Sprintf("%d\n", os.Getpid())), 0o644); err != nil {
		return 1, err
	}
	defer os.Remove(a.path(daemonPID))
	if code, end := a.misbehave("-logstdout=1", a.knobs.Run); end {
		return code, nil
	}
	return a.foreground("tsagentd: UP")
}
