package control

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/tsboot/tsboot/cli/terminal"
)

var update = flag.Bool("update", false, "write the wanted texts of testdata/status again")

// TestStatusText prints each status of testdata/status: input.json gives want, and want.colour in colours, where ESC is
// the escape character. The time is noon of the first of June 2026.
func TestStatusText(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	files, err := filepath.Glob("testdata/status/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var status Status
			if err := json.Unmarshal(archive.Files[0].Data, &status); err != nil {
				t.Fatal(err)
			}
			for i, want := range archive.Files[1:] {
				text := strings.ReplaceAll(string(status.Text(now, terminal.NewPalette(want.Name == "want.colour"))), "\x1b", "ESC")
				if text != string(want.Data) && !*update {
					t.Errorf("%s:\n%s", want.Name, text)
				}
				archive.Files[i+1].Data = []byte(text)
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 0: "0s", 1400 * time.Millisecond: "1s", 59*time.Second + 600*time.Millisecond: "1m0s", 61 * time.Second: "1m1s",
		time.Hour: "1h0m", 25*time.Hour + 59*time.Minute: "1d1h", 400 * 24 * time.Hour: "400d0h",
	} {
		if got := short(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestAnswersAreOneLine(t *testing.T) {
	t.Parallel()
	health := HealthAnswer{Reason: "a\nb\x1b[31m"}
	if text := health.Text(); strings.Count(text, "\n") != 1 || strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
	refresh := RefreshAnswer{Outcome: Kept, Text: "two\nlines", Changed: []string{"key, version 2", "/etc/x"}}
	if text := refresh.Report(); text != "kept: \"two\\nlines\"\n  key, version 2\n  /etc/x\n" {
		t.Errorf("%q", text)
	}
}
