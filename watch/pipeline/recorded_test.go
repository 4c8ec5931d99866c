package pipeline

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tsboot/tsboot/watch/container"
	"github.com/tsboot/tsboot/watch/sink"
)

var update = flag.Bool("update", false, "write the golden files again")

// recordings are those of the kernel, and recordedWith what was recorded in a container.
const recordings = "../audit/recording/testdata"

// keeper keeps the lines as they are written.
type keeper struct{ lines []string }

func (k *keeper) Put(item sink.Item) error {
	k.lines = append(k.lines, string(item.Line))
	return nil
}

func (k *keeper) Flush() error { return nil }

func replayRecording(t *testing.T, name string) []string {
	t.Helper()
	in, err := OpenInput(filepath.Join(recordings, name))
	if err != nil {
		t.Fatal(err)
	}
	kept := &keeper{}
	settings := settingsFor(nil)
	settings.Out = kept
	report, err := NewReplay(settings, nil).Run(t.Context(), []Input{in})
	if err != nil || report.Text() != "" || report.Records == 0 {
		t.Fatalf("%+v %v", report, err)
	}
	return kept.lines
}

// TestRecorded: what Linux sent while programs, one of 32 bits, and a container did what is audited is the event that
// testdata/recorded has, with exact arguments, and the same in both modes, whose headers are not.
func TestRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recordings, "*.multicast.gz"))
	if err != nil || len(files) < 7 {
		t.Fatalf("recordings: %q, %v", files, err)
	}
	for _, file := range files {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			multicast := replayRecording(t, name+".multicast.gz")
			unicast := replayRecording(t, name+".unicast.gz")
			// The daemon registers after the other has joined, and leaves before.
			from := slices.Index(multicast, unicast[0])
			if from < 0 || from+len(unicast) >= len(multicast) || !slices.Equal(multicast[from:from+len(unicast)], unicast) {
				t.Errorf("multicast gives\n%s\nunicast\n%s", strings.Join(multicast, ""), strings.Join(unicast, ""))
			}
			got, golden := goldenText(unicast), filepath.Join("testdata/recorded", name+".ecs")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || got != string(want) {
				t.Errorf("%v: got\n%s\nwant\n%s\nif that is right, go test -run TestRecorded -update", err, got, want)
			}
		})
	}
}

// what differs from one event to the next, though they are alike.
var numbering = regexp.MustCompile(`"@timestamp":"[^"]*"|"sequence":\d+`)

// goldenText are the lines, shorter: what is always the same is left out, long runs of a character are counted, and so are
// events that are alike.
func goldenText(lines []string) string {
	var b strings.Builder
	last, more := "", 0
	end := func() {
		if more > 0 {
			fmt.Fprintf(&b, "and %d more like it\n", more)
		}
		more = 0
	}
	for _, line := range lines {
		line = strings.Replace(line, `"ecs":{"version":"9.0.0"},`, "", 1)
		line = strings.Replace(line, `"host":{"hostname":"host"},`, "", 1)
		line = strings.Replace(line, `"attribution":{"method":"none","reason":"replayed","latency_us":0}`, "", 1)
		if kind := numbering.ReplaceAllString(line, ""); kind == last {
			more++
			continue
		} else {
			end()
			last = kind
		}
		b.WriteString(counted(line))
	}
	end()
	return b.String()
}

// counted is the text with runs of a character as "<z*9000>".
func counted(text string) string {
	const long = 50
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		run := 1
		for strings.HasPrefix(text[run*size:], text[:size]) {
			run++
		}
		if run < long {
			b.WriteString(text[:run*size])
		} else {
			fmt.Fprintf(&b, "<%c*%d>", r, run)
		}
		text = text[run*size:]
	}
	return b.String()
}

// TestRecordedLive: the agent's line makes the same of a recording as a replay.
func TestRecordedLive(t *testing.T) {
	t.Parallel()
	want := replayRecording(t, "exec.multicast.gz")
	kept := &keeper{}
	settings := settingsFor(nil)
	settings.Out = kept
	nothing := container.Attribution{Method: container.MethodNone, Reason: container.ReasonReplayed}
	settings.Unattributed = nothing
	live := NewLive(LiveSettings{
		Settings: settings, Source: recordedSource(t, "exec.multicast.gz"), Queue: 10_000,
		Attribute: func(int, int, time.Time, time.Time) container.Attribution { return nothing },
		Overruns:  func() uint64 { return 0 },
		Lost:      func() (uint64, error) { return 0, nil },
		Release:   func() error { return nil },
	})
	execute, _ := live.Actor()
	if err := execute(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(kept.lines, want) {
		t.Errorf("live\n%s\nreplay\n%s", strings.Join(kept.lines, ""), strings.Join(want, ""))
	}
}
