// Command demo shows the whole boot on one machine, without Docker and without AWS: an in-memory Parameter Store, a
// stand-in for the Threat Stack agent, and the tsboot that it is given. It ends by itself and leaves nothing behind.
//
//	go run ./integration/demo bin/tsboot
//	go run ./integration/demo -pause bin/tsboot    # waits for Enter after each act
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// atMost bounds an act, and the whole where nobody is waited for.
const atMost = 30 * time.Second

func main() {
	args := os.Args[1:]
	pause := len(args) > 0 && args[0] == "-pause"
	if pause {
		args = args[1:]
	}
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: demo [-pause] TSBOOT")
		os.Exit(2)
	}
	if err := run(args[0], pause); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// An act is one thing that tsboot does: what to look at, and what was seen.
type act struct {
	name string
	look string
	play func(context.Context) (seen string, err error)
}

func run(tsboot string, pause bool) error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	e, err := newEnv(tsboot)
	if err != nil {
		return err
	}
	defer e.clear()
	e.introduce(pause)
	begin, enter := time.Now(), bufio.NewReader(os.Stdin)
	acts := e.acts()
	for i, a := range acts {
		if err := show(ctx, fmt.Sprintf("%d of %d: %s", i+1, len(acts), a.name), a); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		switch {
		case pause && i+1 < len(acts):
			if err := awaitEnter(ctx, enter); err != nil {
				return err
			}
		case !pause && time.Since(begin) > atMost:
			return fmt.Errorf("it takes longer than %v", atMost)
		}
	}
	e.goOn()
	return nil
}

// show plays one act between what to look at and what was seen.
func show(ctx context.Context, title string, a act) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	fmt.Printf("\n==> %s\nLook at: %s\n", title, a.look)
	seen, err := a.play(ctx)
	if err == nil {
		fmt.Printf("Seen: %s\n", seen)
	}
	return err
}

// awaitEnter waits for a line, or for ^C.
func awaitEnter(ctx context.Context, in *bufio.Reader) error {
	fmt.Print("\n[Enter goes on, Ctrl-C ends it] ")
	read := make(chan error, 1)
	go func() {
		_, err := in.ReadString('\n')
		read <- err
	}()
	select {
	case err := <-read:
		if err == io.EOF { // nobody is there
			return nil
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *env) acts() []act {
	return []act{
		{"a Parameter Store in memory",
			"the tree of a fleet, and a parameter of a sibling that must not be read.", e.showStore},
		{"check, before anything runs",
			`"ok" at the source, one line for each parameter, the files, and the last line. Nothing is changed.`, e.check},
		{"render, what a boot would write",
			"the quotes and the & of the rule sets, and [redacted] in the place of the key.", e.render},
		{"the boot",
			`the file is written before the setup, and the setup ends before the agent starts. "|" is the agent.`, e.boot},
		{"the config on disk",
			"the mode: its owner alone can read it.", e.showConfig},
		{"a crash",
			`"restarting agent", with a delay.`, e.crash},
		{"the key rotates",
			`a new version of one parameter: the file is written again and the agent starts on it. Then "refreshed".`, e.rotateKey},
		{"a bad key",
			`the agent ends on a key that the vendor does not know. "rolled back", and a second refresh does not try it again.`, e.rotateBadKey},
		{"the stop",
			"SIGTERM to tsboot: it stops the agent and ends with the agent's code.", e.stop},
	}
}
