// Command demo shows the whole boot on one machine, without Docker and without AWS: an in-memory Parameter Store, a
// stand-in for the Threat Stack agent, and the tsboot that it is given. It ends by itself and leaves nothing behind.
//
//	go run ./integration/demo bin/tsboot
//	go run ./integration/demo -pause bin/tsboot    # waits for Enter after each act
package main

import (
	"context"
	"errors"

	"github.com/tsboot/tsboot/integration/stage"
)

func main() { stage.Main("demo [-pause] TSBOOT", 1, run) }

func run(ctx context.Context, programs []string, pause bool) (err error) {
	e, err := newEnv(programs[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Clear()) }()
	e.introduce(pause)
	if err := stage.Play(ctx, e.acts(), pause); err != nil {
		return err
	}
	e.goOn()
	return nil
}

func (e *env) acts() []stage.Act {
	return []stage.Act{
		{
			Name: "a Parameter Store in memory", Play: e.showStore,
			Look: "the tree of a fleet, and a parameter of a sibling that must not be read.",
		},
		{
			Name: "check, before anything runs", Play: e.check,
			Look: `"ok" at the source, one line for each parameter, the files, and the last line. Nothing is changed.`,
		},
		{
			Name: "render, what a boot would write", Play: e.render,
			Look: "the quotes and the & of the rule sets, and [redacted] in the place of the key.",
		},
		{
			Name: "the boot", Play: e.boot,
			Look: `the file is written before the setup, and the setup ends before the agent starts. "|" is the agent.`,
		},
		{
			Name: "the config on disk", Play: e.showConfig,
			Look: "the mode: its owner alone can read it.",
		},
		{
			Name: "a crash", Play: e.crash,
			Look: `"restarting agent", with a delay.`,
		},
		{
			Name: "the key rotates", Play: e.rotateKey,
			Look: `a new version of one parameter: the file is written again and the agent starts on it. Then "refreshed".`,
		},
		{
			Name: "a bad key", Play: e.rotateBadKey,
			Look: `the agent ends on a key that the vendor does not know. "rolled back", and a second refresh does not try it again.`,
		},
		{
			Name: "the stop", Play: e.stop,
			Look: "SIGTERM to tsboot: it stops the agent and ends with the agent's code.",
		},
	}
}
