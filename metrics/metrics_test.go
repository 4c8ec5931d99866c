package metrics

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files")

// at is a fixed moment.
func at(text string) time.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return moment
}

func code(n int) *int { return &n }

// states are moments in the life of tsboot, and names that need care.
var states = map[string]Metrics{
	"fetching": {Phase: "fetching"},
	"running": {
		Phase: "running", BootDuration: 1234 * time.Millisecond, FetchCalls: 3,
		ParameterChange: []ParameterChange{{Name: "deploy-key", At: at("2026-01-01T00:00:00Z")}, {Name: "log-level"}},
	},
	"crashed":       {Phase: "backoff", BootDuration: time.Minute, FetchCalls: 1, AgentRestarts: 2, LastExitCode: code(139)},
	"exited with 0": {Phase: "stopping", BootDuration: time.Hour, LastExitCode: code(0), FetchFailures: 1234567, Refreshes: 20, Rollbacks: 1},
	"names": {Phase: "running", ParameterChange: []ParameterChange{
		{Name: `a"b\c` + "\nd", At: at("2026-01-01T23:59:59Z")}, {Name: "bytes-\xff\xfe", At: at("2026-01-02T00:00:00Z")},
		{Name: `bytes-\xff\xfe`, At: at("2026-01-02T00:00:00Z")}, {Name: "schlüssel", At: at("2026-01-01T00:00:00Z")},
		{Name: "tomorrow", At: at("2026-01-03T00:00:00Z")}, {Name: "", At: at("2025-01-02T00:00:00Z")},
	}},
}

// TestText holds the text of each state to a golden file, and to the parser that node_exporter uses.
func TestText(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "states.txtar")
	var got txtar.Archive
	for _, name := range slices.Sorted(maps.Keys(states)) {
		m := states[name]
		text := m.Text(at("2026-01-02T00:00:00Z"))
		parse(t, name, text)
		got.Files = append(got.Files, txtar.File{Name: name, Data: text})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(&got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text := txtar.Format(&got); !bytes.Equal(text, want) {
		t.Errorf("differs from %s (-update writes it):\n%s", golden, text)
	}
}

// parse fails where the collector would refuse the file.
func parse(t *testing.T, name string, text []byte) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	for _, family := range families {
		seen := map[string]bool{}
		for _, metric := range family.Metric {
			if labels := metric.String()[:strings.Index(metric.String()+"gauge", "gauge")]; seen[labels] {
				t.Errorf("%s: %s has %s twice", name, family.GetName(), labels)
			} else {
				seen[labels] = true
			}
		}
		if strings.HasSuffix(family.GetName(), "_total") != (family.GetType() == dto.MetricType_COUNTER) {
			t.Errorf("%s: %s is a %s", name, family.GetName(), family.GetType())
		}
		if family.GetHelp() == "" {
			t.Errorf("%s: %s has no help", name, family.GetName())
		}
	}
	return families
}

// TestLabelsSurvive: the parser reads back each name that is UTF-8.
func TestLabelsSurvive(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a", `\`, `"`, "\n", `\n`, "a\\\"\n\\", "\x00\x1b[31m", "{x=\"1\"}", "schlüssel", "\ufffd"} {
		m := Metrics{ParameterChange: []ParameterChange{{Name: name, At: at("2026-01-01T00:00:00Z")}}}
		families := parse(t, name, m.Text(at("2026-01-02T00:00:00Z")))
		metric := families["tsboot_parameter_age_seconds"].GetMetric()
		if len(metric) != 1 || metric[0].GetLabel()[0].GetValue() != name || metric[0].GetGauge().GetValue() != 86400 {
			t.Errorf("%q: %v", name, metric)
		}
	}
}

// TestOnePhase: the collector sees every phase, and one of them is 1.
func TestOnePhase(t *testing.T) {
	t.Parallel()
	for _, phase := range phases {
		m := Metrics{Phase: phase}
		metrics := parse(t, phase, m.Text(time.Now()))["tsboot_phase"].GetMetric()
		for _, metric := range metrics {
			if got := metric.GetGauge().GetValue() == 1; got != (metric.GetLabel()[0].GetValue() == phase) {
				t.Errorf("in %s: %v", phase, metric)
			}
		}
		if len(metrics) != len(phases) {
			t.Errorf("in %s there are %d phases", phase, len(metrics))
		}
	}
}
