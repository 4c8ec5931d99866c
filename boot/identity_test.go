package boot

import (
	"os"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

const metadataVariable = "ECS_CONTAINER_METADATA_URI_V4"

// inTask has the process run in a task of ECS.
func (h *home) inTask() *secretstest.Server {
	h.t.Helper()
	store, err := secretstest.Start("")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(store.Close)
	h.t.Setenv(metadataVariable, store.TaskURL())
	return store
}

// worker is a boot in a worker that gets what an earlier one found.
func (h *home) worker(task ECSRecord) *Boot {
	b := newBoot(h.options())
	b.task = &task
	return b
}

func TestIdentity(t *testing.T) {
	h := newHome(t)
	store := h.inTask()
	t.Setenv("ECS_CONTAINER_METADATA_FILE", h.write("metadata.json",
		`{"ContainerInstanceARN":"arn:aws:ecs:us-east-1:111122223333:container-instance/security/1f73","MetadataFileStatus":"READY"}`))
	_, record, err := h.worker(ECSRecord{}).prepare(t.Context(), nil)
	want := ECSRecord{
		Cluster: "security", TaskARN: "arn:aws:ecs:us-east-1:111122223333:task/security/158d1c8083dd49d6b527399fd6414f5c",
		TaskID: "158d1c8083dd49d6b527399fd6414f5c", Family: "agent", Revision: "7", AvailabilityZone: "us-east-1a",
		ContainerInstance: "1f73", Image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/agent:3.1",
	}
	if err != nil || record.ECS != want {
		t.Errorf("%+v, %v; want %+v", record.ECS, err, want)
	}
	if n := len(store.Calls()); n != 1 {
		t.Errorf("%d requests", n)
	}

	// What is known is not asked for again.
	if _, record, err = h.worker(want).prepare(t.Context(), nil); err != nil || record.ECS != want {
		t.Errorf("%+v, %v", record.ECS, err)
	}
	if n := len(store.Calls()); n != 1 {
		t.Errorf("%d requests, one of a refresh", n)
	}
}

// Only a worker asks, only in a task, and only once it is known that there is something to do.
func TestIdentityNotAsked(t *testing.T) {
	h := newHome(t)
	store := h.inTask()
	if _, _, err := newBoot(h.options()).prepare(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := newBoot(h.options()).Check(t.Context(), Problems{}, nil); err != nil {
		t.Error(err)
	}
	wrong := h.worker(ECSRecord{})
	wrong.options.Profile = "none"
	if _, _, err := wrong.prepare(t.Context(), nil); err == nil {
		t.Error("no such profile, and no error")
	}
	if err := os.Unsetenv(metadataVariable); err != nil { // t.Setenv puts the old one back
		t.Fatal(err)
	}
	if _, record, err := h.worker(ECSRecord{}).prepare(t.Context(), nil); err != nil || record.ECS != (ECSRecord{}) {
		t.Errorf("%+v, %v", record.ECS, err)
	}
	if calls := store.Calls(); len(calls) != 0 {
		t.Errorf("asked: %+v", calls)
	}
}

// Metadata that does not answer, or says nonsense, does not hold a boot up, and is not asked again.
func TestIdentityFaults(t *testing.T) {
	for _, kind := range []string{
		secretstest.Hang, secretstest.HangBody, secretstest.ServerError, secretstest.HTML, secretstest.Close, secretstest.NotJSON,
		secretstest.NoBody, secretstest.Endless, secretstest.EndlessHeader, secretstest.GzipBomb,
	} {
		t.Run(kind, func(t *testing.T) {
			h := newHome(t)
			store := h.inTask()
			store.Script(secretstest.Fault{Op: secretstest.OpTask, Kind: kind, Times: secretstest.Forever})
			start := time.Now()
			_, record, err := h.worker(ECSRecord{}).prepare(t.Context(), nil)
			if err != nil || record.ECS != (ECSRecord{}) {
				t.Errorf("%+v, %v", record.ECS, err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			if n := len(store.Calls()); n > 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
