//go:build linux

package integration

import (
	"bytes"
	"flag"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tsboot/tsboot/integration/screen"
	"github.com/tsboot/tsboot/integration/terminal"
	"github.com/tsboot/tsboot/integration/wait"
)

var updatePictures = flag.Bool("pictures", false, "write docs/pictures from what tsboot prints now")

// shownOn is what a terminal showed.
type shownOn struct {
	sync.Mutex
	buffer bytes.Buffer
}

func (s *shownOn) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.buffer.Write(p)
}

func (s *shownOn) String() string {
	s.Lock()
	defer s.Unlock()
	return s.buffer.String()
}

// awaitLast waits until the terminal has shown the last line, which may be after the program's end.
func (s *shownOn) awaitLast(t *testing.T, words string) {
	t.Helper()
	wait.For(t, aLongTime, "the last line on the terminal", func() bool {
		_, rest, found := strings.Cut(s.String(), words)
		return found && strings.HasSuffix(rest, "\n")
	})
}

// onTerminal has the next start of the container print to a terminal.
func (c *container) onTerminal() *shownOn {
	c.t.Helper()
	master, slave, err := terminal.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	shown, read := &shownOn{}, make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(shown, master) // ends when the master is closed
	}()
	c.t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
		<-read
	})
	c.stdout, c.stderr = slave, slave
	return shown
}

// steady takes out of a line what is new at each run: the time, pids, durations, the version.
var steady = []struct{ what, with string }{
	{`\r[^\r\n]*\x1b\[K`, ""}, // the line of progress, which is erased when the boot goes on
	{`\r`, ""},
	{`(?m)^(\x1b\[[0-9;]*m)*\d{4}-\d\d-\d\dT[0-9:.]+Z (\x1b\[[0-9;]*m)*`, "$1$2"},
	{`\b(pid=(?:\x1b\[[0-9;]*m)*)\d\d+`, "${1}42"},
	{`\b(elapsed=(?:\x1b\[[0-9;]*m)*)[0-9.]+(?:ms|s)`, "${1}12ms"},
	{`\b(ran_for=(?:\x1b\[[0-9;]*m)*)[0-9.]+(?:ms|s)`, "${1}2.5s"},
	{`\b(delay=(?:\x1b\[[0-9;]*m)*)[0-9.]+(?:ms|s)`, "${1}500ms"},
	{`(version=(?:\x1b\[[0-9;]*m)*)[^ \x1b]+`, "${1}1.0.0"},
	{`(?m)(booted: .*? count=\d+).*$`, "${1} ..."}, // of which the rest is long
	{`(?m)^(  tsboot +)\S+`, "${1}1.0.0"},
	{`\d+ days old`, "3 days old"},
	{`\bon host [^ ,]+`, "on host ip-10-0-0-7"},
}

func steadied(text string) string {
	for _, rule := range steady {
		text = regexp.MustCompile(rule.what).ReplaceAllString(text, rule.with)
	}
	return text
}

// wantPicture compares what was shown with a picture of docs/pictures, or writes that. NAME.ansi is what the terminal got,
// NAME.svg is drawn from it. Two programs write to the terminal, so the order of their lines may be another in each run.
func wantPicture(t *testing.T, name, title, shown string) {
	t.Helper()
	text, picture := "../docs/pictures/"+name+".ansi", "../docs/pictures/"+name+".svg"
	if *updatePictures {
		writeFile(t, text, shown, 0o644)
		writeFile(t, picture, screen.SVG(title, shown), 0o644)
	}
	have := readFile(t, text)
	if got, want := sortedLines(shown), sortedLines(have); !slices.Equal(got, want) {
		t.Errorf("%s shows\n%s\ntsboot now prints\n%s\nmake pictures draws it again", picture, have, shown)
	}
	if readFile(t, picture) != screen.SVG(title, have) {
		t.Errorf("%s is not what is drawn from %s: make pictures", picture, text)
	}
}

func sortedLines(text string) []string {
	return slices.Sorted(strings.Lines(screen.Plain(text)))
}

// TestPictures holds the pictures of the README to what tsboot prints.
func TestPictures(t *testing.T) {
	t.Parallel()
	t.Run("boot", testPictureOfBoot)
	t.Run("check", testPictureOfCheck)
}

// testPictureOfBoot is a boot with its agent, which is killed once.
func testPictureOfBoot(t *testing.T) {
	t.Parallel()
	s := pictureStore(t)
	s.secret("/threatstack/prod/deploy-key", randomSecret())
	c := newThreatStack(t, 1, s)
	shown := c.onTerminal()
	p := c.onScreen("/tsboot", "--ssm-path", "/threatstack/prod")
	agent := c.awaitReady(p, 1)
	wait.For(t, aLongTime, "the agent's line", func() bool { return strings.Count(shown.String(), "CONNECTED") == 1 })
	c.killInside(p, agent.PID)
	c.awaitReady(p, 2)
	wait.For(t, aLongTime, "the agent's line", func() bool { return strings.Count(shown.String(), "CONNECTED") == 2 })
	if code := c.stop(p); code != 0 {
		t.Errorf("exit code %d", code)
	}
	shown.awaitLast(t, "exiting: ")
	wantPicture(t, "boot", "A boot, a crash of the agent, a stop", "$ tsboot --ssm-path /threatstack/prod\n"+steadied(shown.String()))
}

// testPictureOfCheck is a check that finds a problem: the key is not in the store.
func testPictureOfCheck(t *testing.T) {
	t.Parallel()
	c := newThreatStack(t, 1, pictureStore(t))
	shown := c.onTerminal()
	p := c.onScreen("/tsboot", "check", "--ssm-path", "/threatstack/prod")
	p.wantExit(78)
	shown.awaitLast(t, "tsboot check --ssm-path")
	wantPicture(t, "check", "tsboot check: what is right, what is wrong, and how to fix it", "$ tsboot check --ssm-path /threatstack/prod\n"+steadied(shown.String()))
}

// onScreen is run as a person would have it, with the usual log.
func (c *container) onScreen(argv ...string) *process {
	c.t.Helper()
	c.spec.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=/root", "TERM=xterm-256color"}, c.store.env...)
	return c.run(argv...)
}

// pictureStore has all that the agent wants but its key.
func pictureStore(t *testing.T) *store {
	s := memoryStore(t)
	s.plain("/threatstack/prod/ruleset", "Base Rule Set, Docker Rule Set")
	s.plain("/threatstack/prod/Log/LEVEL", "debug")
	return s
}
