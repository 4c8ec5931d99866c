package agent

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// cloudsightPID is where the running agent leaves its pid.
const cloudsightPID = "cloudsight/pids/cloudsight.pid"

// cloudsight is the 1.x agent's only program.
func (a *agent) cloudsight() (int, error) {
	command, rest := a.command()
	pidfile, log := a.path(cloudsightPID), a.path("cloudsight/logs/cloudsight.log")
	switch command {
	case "setup":
		return a.cloudsightSetup(rest)
	case "config":
		return a.cloudsightConfig(rest)
	case "start":
		if !a.cloudsightRegistered() {
			return 1, errors.New("not set up: run cloudsight setup")
		}
		return 0, a.daemonise(log, pidfile, "--main")
	case "stop":
		ran, err := a.stopDaemon(pidfile)
		if !ran {
			return 3, errors.New("not running")
		}
		return 0, err
	case "restart":
		if _, err := a.stopDaemon(pidfile); err != nil {
			return 1, err
		}
		return 0, a.daemonise(log, pidfile, "--main")
	case "status":
		return a.cloudsightStatus(pidfile, rest)
	case "--main":
		return a.cloudsightMain()
	}
	return 2, fmt.Errorf("unknown command %q", command)
}

// cloudsightFile is the file that setup --config reads.
type cloudsightFile struct {
	DeployKey     string         `json:"deploy-key"`
	Hostname      string         `json:"hostname"`
	Ruleset       string         `json:"ruleset"`
	AgentType     string         `json:"agent_type"`
	URL           string         `json:"url"`
	Configuration map[string]any `json:"configuration"`
}

func (a *agent) cloudsightSetup(args []string) (int, error) {
	if code, end := a.misbehave("setup", a.knobs.Setup); end {
		return code, nil
	}
	config, err := parseCloudsightSetup(args)
	if err != nil {
		return 1, err
	}
	if config.DeployKey == "" {
		return 1, errors.New("a deploy key is required")
	}
	effective, err := json.Marshal(config)
	if err != nil {
		return 1, err
	}
	markers := map[string]string{".secret": "registered\n", ".audit": "registered\n", "config.json": string(effective)}
	for name, content := range markers {
		if err := os.WriteFile(a.path("cloudsight/config", name), []byte(content), 0o600); err != nil {
			return 1, err
		}
	}
	fmt.Println("Threat Stack Cloud Sight: registered")
	return 0, nil
}

// parseCloudsightSetup takes --name=value only, as the agent did; a ruleset may come several times.
func parseCloudsightSetup(args []string) (*cloudsightFile, error) {
	config := &cloudsightFile{AgentType: "i"}
	var rulesets []string
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "--config":
			data, err := os.ReadFile(value)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(data, config); err != nil {
				return nil, fmt.Errorf("parse %s: %w", value, err)
			}
		case "--deploy-key":
			config.DeployKey = value
		case "--hostname":
			config.Hostname = value
		case "--url":
			config.URL = value
		case "--agent_type":
			config.AgentType = value
		case "--ruleset", "--policy":
			rulesets = append(rulesets, value)
		case "--in_container":
		default:
			return nil, fmt.Errorf("unknown argument %q", arg)
		}
	}
	if len(rulesets) > 0 {
		config.Ruleset = strings.Join(rulesets, ",")
	}
	return config, nil
}

// cloudsightConfig takes one key=value.
func (a *agent) cloudsightConfig(args []string) (int, error) {
	if code, end := a.misbehave("config", a.knobs.Config); end {
		return code, nil
	}
	if len(args) != 1 || !strings.Contains(args[0], "=") {
		return 1, fmt.Errorf("config takes one key=value, got %q", args)
	}
	file, err := os.OpenFile(a.path("cloudsight/config/.config_args"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 1, err
	}
	defer file.Close()
	_, err = fmt.Fprintln(file, args[0])
	return 0, err
}

func (a *agent) cloudsightRegistered() bool {
	_, err := os.Stat(a.path("cloudsight/config/.secret"))
	return err == nil
}

// cloudsightRefused says whether the vendor refuses the key that setup has left.
func (a *agent) cloudsightRefused() (bool, error) {
	if a.knobs.RefuseKey == "" {
		return false, nil
	}
	data, err := os.ReadFile(a.path("cloudsight/config/config.json"))
	if err != nil {
		return false, err
	}
	var config cloudsightFile
	err = json.Unmarshal(data, &config)
	return config.DeployKey == a.knobs.RefuseKey, err
}

func (a *agent) cloudsightMain() (int, error) {
	if !a.cloudsightRegistered() {
		return 1, errors.New("not set up: run cloudsight setup")
	}
	if code, end := a.misbehave("--main", a.knobs.Run); end {
		return code, nil
	}
	if refused, err := a.cloudsightRefused(); refused || err != nil {
		return 1, cmp.Or(err, errors.New("REFUSED: the vendor does not know this deploy key"))
	}
	pidfile := a.path(cloudsightPID)
	if err := os.WriteFile(pidfile, []byte(fmt.Sprintf("%d\n", os.Getpid())), 0o644); err != nil {
		return 1, err
	}
	defer os.Remove(pidfile)
	return a.foreground("cloudsight: CONNECTED")
}

func (a *agent) cloudsightStatus(pidfile string, args []string) (int, error) {
	if code, end := a.misbehave("status", a.knobs.Status); end {
		return code, nil
	}
	_, running := runningPID(pidfile)
	code := 1
	word, connection := "DOWN", "DISCONNECTED"
	if running {
		code, word, connection = 0, "UP", "CONNECTED"
	}
	if len(args) > 0 && args[0] == "-q" {
		return code, nil
	}
	fmt.Printf("%s Threat Stack Cloud Sight\n%s Connection\n%s Audit Collection Service\n%s File Integrity Monitoring\n", word, connection, word, word)
	return code, nil
}
