package boot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/configgen"
)

// reportLine is the report in the log of the program.
func reportLine(format string, record *Record) string {
	var out bytes.Buffer
	log := cli.NewLogger(cli.Program{Name: "tsboot"}, cli.LogOptions{Level: "info", Format: format}, &out)
	b := New(Config{Log: log})
	b.times.prepared, b.times.setUp = noon, noon.Add(2*time.Second)
	b.times.began = time.Now().Add(-3 * time.Second)
	b.first.Store(record)
	b.Booted()
	b.Booted() // nothing more
	return out.String()
}

func TestReportInText(t *testing.T) {
	t.Parallel()
	record := aRecord
	line := reportLine("text", &record)
	if strings.Count(line, "\n") != 1 {
		t.Errorf("not one line: %s", line)
	}
	for _, want := range []string{
		"booted: profile=demo elapsed=3", ` count=4 parameters=["api-key from ssm:/app, version 3", "level from environment", "tags from --set", "ruleset from default"]`,
		" calls=2 retries=1 waited=1.5s", ` files=["/etc/demo.json"]`, ` phases=["sources 12ms", "setup 2s", "start `,
		` identity="task role, account 111122223333" region=eu-north-1 warnings=1`, ` ecs="task abc of host:7 in cluster prod"`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
}

func TestReportInJSON(t *testing.T) {
	t.Parallel()
	record := aRecord
	record.Existing = true
	line := reportLine("json", &record)
	for _, want := range []string{
		`"parameters":[{"name":"api-key","source":"ssm:/app","version":3},{"name":"level","source":"environment"},`,
		`"identity":{"arn":"","account":"111122223333","provider":"task role"}`, `"waited":"1.5s"`, `"calls":2`, `"warnings":1`, `"outage":true`,
		`"phases":[{"name":"sources","elapsed":"12ms"},{"name":"setup","elapsed":"2s"},{"name":"start","elapsed":"`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
	line = reportLine("json", &Record{})
	for _, want := range []string{`"parameters":[]`, `"files":[]`, `"region":""`, `"identity":{"arn":"","account":"","provider":""}`} {
		if !strings.Contains(line, want) {
			t.Errorf("no %s in %s", want, line)
		}
	}
}

// TestReportOfMany: what is reported of hundreds of parameters fits into one message of Docker's log, and says how many
// more there are.
func TestReportOfMany(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 50, 1000} {
		for _, name := range []string{"parameter-%d", strings.Repeat("long-", 40) + "%d"} {
			record := aRecord
			record.Parameters, record.Files = nil, nil
			for i := range n {
				record.Parameters = append(record.Parameters, ParameterRecord{
					Name: fmt.Sprintf(name, i), State: configgen.ParameterFound, Source: "ssm:/threatstack/prod", Version: 123,
				})
				record.Files = append(record.Files, FileRecord{Path: "/etc/" + fmt.Sprintf(name, i)})
			}
			for _, format := range []string{"text", "json"} {
				line := reportLine(format, &record)
				if len(line) > 16<<10 {
					t.Errorf("%d parameters, %s: %d bytes", n, format, len(line))
				}
				if format == "text" {
					continue
				}
				var got struct {
					Count      int
					Parameters []reportedParameter
					LeftOut    int `json:"parameters_left_out"`
				}
				if err := json.Unmarshal([]byte(line), &got); err != nil {
					t.Fatal(err)
				}
				if got.Count != n || len(got.Parameters)+got.LeftOut != n || n <= 20 && got.LeftOut > 0 {
					t.Errorf("%d of %d parameters are listed, %d left out, count %d", len(got.Parameters), n, got.LeftOut, got.Count)
				}
			}
		}
	}
}

// TestReportWithoutARecord: nothing was prepared, so there is nothing to report.
func TestReportWithoutARecord(t *testing.T) {
	t.Parallel()
	b := New(Config{Log: hclog.NewNullLogger()})
	b.Booted()
	if b.times.took() <= 0 {
		t.Error("the time of the boot is not known")
	}
}
