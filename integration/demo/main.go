// Command demo shows the whole boot on one machine, without Docker and without AWS: an in-memory Parameter Store, a
// stand-in for the Threat Stack agent, and the tsboot that it is given. It ends by itself and leaves nothing behind.
//
//	go run ./integration/demo bin/tsboot
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// atMost bounds the demo, whatever goes wrong.
const atMost = 30 * time.Second

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: demo TSBOOT")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(tsboot string) error {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	e, err := newEnv(tsboot)
	if err != nil {
		return err
	}
	defer e.clear()
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for _, step := range []func(context.Context) error{e.showStore, e.showRender, e.boot, e.showConfig, e.crash, e.rotateKey, e.rotateBadKey, e.stop} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
