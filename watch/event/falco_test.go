package event

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// falcoPriorities are the priorities that Falco knows.
var falcoPriorities = []string{"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"}

func TestFalco(t *testing.T) {
	for name, e := range allEvents(t) {
		text := line(t, e, FormatFalco)
		var got struct {
			Hostname, Output, Priority, Rule, Source string
			Tags                                     []string
			Time                                     time.Time
			Fields                                   map[string]any `json:"output_fields"`
		}
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		if got.Hostname == "" || got.Rule == "" || got.Source != "syscall" || got.Tags == nil || !got.Time.Equal(e.Timestamp) ||
			!slices.Contains(falcoPriorities, got.Priority) || !strings.Contains(got.Output, ": "+got.Priority+" ") {
			t.Errorf("%s: %s", name, text)
		}
		id, inContainer := got.Fields["container.id"].(string)
		full, _ := got.Fields["container.full_id"].(string)
		switch {
		case inContainer != (e.Container != nil):
			t.Errorf("%s: container.id %q", name, id)
		case inContainer && (len(id) != 12 || !strings.HasPrefix(full, id) || full != e.Container.ID):
			t.Errorf("%s: container.id %q, container.full_id %q", name, id, full)
		}
	}
}
