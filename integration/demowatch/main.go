// Command demowatch shows tswatch, booted by tsboot from a Parameter Store, on one machine. What tswatch sees is an attack:
// for real, in a container, where there are root, Docker and an audit system that nothing else uses; a recorded one (records)
// elsewhere, and with RECORDED in the environment. It ends by itself and leaves nothing behind.
//
//	go run ./integration/demowatch bin/tsboot bin/tswatch
//	go run ./integration/demowatch -pause bin/tsboot bin/tswatch    # waits for Enter after each act
package main

import (
	"context"
	"errors"

	"github.com/tsboot/tsboot/integration/stage"
)

func main() { stage.Main("demowatch [-pause] TSBOOT TSWATCH", 2, run) }

func run(ctx context.Context, programs []string, pause bool) (err error) {
	e, err := newEnv(programs[0], programs[1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.clear()) }()
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
			Look: "the deploy key, which is the token for the collector, and where the alerts go.",
		},
		{
			Name: "check, before anything runs", Play: e.check,
			Look: `"ok" at the source, one line for each parameter, the files, and the last line. Nothing is changed.`,
		},
		{
			Name: "the boot", Play: e.boot,
			Look: `the two files, and the agent's start. "|" is tswatch.`,
		},
		{
			Name: "somebody installs a package in a container", Play: e.packageManager,
			Look: "the container's name and image, and both pids: the host's and the container's.",
		},
		{
			Name: "something is downloaded in the container", Play: e.download,
			Look: "where from.",
		},
		{
			Name: "the deploy key rotates", Play: e.rotateKey,
			Look: `"kept": tswatch reads the token again, and goes on as the same process.`,
		},
		{
			Name: "a shell in the container, and data leaves it", Play: e.copyOut,
			Look: "severity 1, and the new key at the collector.",
		},
		{
			Name: "the same on the host", Play: e.host,
			Look: "severity 3: here people copy files. There is no container.",
		},
		{
			Name: "status", Play: e.status,
			Look: "events, alerts, loss, how the containers were found, and the output.",
		},
		{
			Name: "the stop", Play: e.stop,
			Look: "SIGTERM to tsboot: it stops tswatch and ends with its code.",
		},
	}
}
