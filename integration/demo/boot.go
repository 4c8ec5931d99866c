package main

import "github.com/tsboot/tsboot/integration/stage"

// connected is what the agent says when it works.
const connected = "cloudsight: CONNECTED"

// probation is how long the agent must stay up on a new key, short for a demo.
const probation = "1s"

func startBoot(e *env) (*stage.Program, error) {
	args := []string{"--ssm-path", prod, "--profile", e.profile, "--refresh-probation", probation}
	stage.Command(append([]string{e.given}, args...)...)
	return stage.Start(e.command(args...))
}
