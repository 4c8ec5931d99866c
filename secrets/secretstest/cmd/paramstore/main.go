// Command paramstore is a Parameter Store in memory, for trying tsboot, or any program with an AWS SDK, without AWS.
//
//	go run github.com/tsboot/tsboot/secrets/secretstest/cmd/paramstore@latest --put /my/prod/api-key=0123456789
//
// It prints what to paste into another terminal, runs in the foreground, and ends with code 0 at SIGINT or SIGTERM.
// --help lists its flags; docs/store.md shows it at work. Never give it a real secret: it asks nobody who they are.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

func main() {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer release()
	switch err := run(ctx, os.Args[1:], os.Stdout); {
	case errors.Is(err, pflag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "paramstore:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. What to paste is on stdout when the store is ready.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	o, err := parse(args, stdout)
	if err != nil {
		return err
	}
	server, err := secretstest.Start(net.JoinHostPort(o.address, fmt.Sprint(o.port)), secretstest.WithRegion(o.region))
	if err != nil {
		return o.whyNot(err)
	}
	defer server.Close()
	for _, s := range o.seeds {
		server.Seed(s)
	}
	server.Script(o.faults...)
	server.SetRate(o.rate, int(o.rate))
	if err := o.writeEnv(server.Env()); err != nil {
		return err
	}
	if _, err := io.WriteString(stdout, o.text(server)); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// whyNot says what to do where the store cannot listen.
func (o options) whyNot(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another program has port %d; choose another with --port, or none for a free one", err, o.port)
	}
	return err
}

// writeEnv makes the file of variables appear whole, for one who waits for it.
func (o options) writeEnv(env []string) error {
	if o.envFile == "" {
		return nil
	}
	temporary := o.envFile + ".tmp"
	if err := os.WriteFile(temporary, []byte(strings.Join(env, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, o.envFile)
}
