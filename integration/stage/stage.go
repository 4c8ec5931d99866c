// Package stage shows programs at work, in acts: what to look at, the commands, what they print, what was seen.
package stage

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

// AtMost bounds an act, and the whole where nobody is waited for.
const AtMost = 30 * time.Second

// An Act is one thing that a program does: what to look at, and what was seen.
type Act struct {
	Name string
	Look string
	Play func(context.Context) (seen string, err error)
}

// Main is the main function of a demo. Its arguments are the programs that it shows; -pause before them waits after each act.
func Main(usage string, programs int, run func(ctx context.Context, programs []string, pause bool) error) {
	args := os.Args[1:]
	pause := len(args) > 0 && args[0] == "-pause"
	if pause {
		args = args[1:]
	}
	if len(args) != programs {
		fmt.Fprintln(os.Stderr, "usage: "+usage)
		os.Exit(2)
	}
	// Whatever ends a demo, its terminal or the reader of its output among it, it puts everything back.
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	err := run(ctx, args, pause)
	release()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// Play plays the acts, one after the other. With pause it waits for Enter after each.
func Play(ctx context.Context, acts []Act, pause bool) error {
	begin, enter := time.Now(), bufio.NewReader(os.Stdin)
	for i, a := range acts {
		if err := a.play(ctx, fmt.Sprintf("%d of %d: %s", i+1, len(acts), a.Name)); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
		switch {
		case pause && i+1 < len(acts):
			if err := awaitEnter(ctx, enter); err != nil {
				return err
			}
		case !pause && time.Since(begin) > AtMost:
			return fmt.Errorf("it takes longer than %v", AtMost)
		}
	}
	return nil
}

// play plays one act between what to look at and what was seen.
func (a *Act) play(ctx context.Context, title string) error {
	ctx, cancel := context.WithTimeout(ctx, AtMost)
	defer cancel()
	fmt.Printf("\n==> %s\nLook at: %s\n", title, a.Look)
	seen, err := a.Play(ctx)
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
