package ssm

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

func TestTask(t *testing.T) {
	t.Parallel()
	s := store(t)
	file := filepath.Join(t.TempDir(), "metadata.json")
	write(t, file, readyFile)
	m := metadataOf(inTaskOf(s), containerFile+"="+file)
	m.AskTask(t.Context())
	want := Task{
		Cluster: "security", ARN: "arn:aws:ecs:us-east-1:111122223333:task/security/158d1c8083dd49d6b527399fd6414f5c",
		ID: "158d1c8083dd49d6b527399fd6414f5c", Family: "agent", Revision: "7", AvailabilityZone: "us-east-1a",
		ContainerInstance: "1f73d099b914", Image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/agent:3.1",
	}
	if got := m.Task(time.Minute); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	// A fact that the question has answered is not asked for again.
	values, errs := m.Facts(t.Context(), time.Minute, []string{secrets.FactFamily})
	if len(errs) > 0 || values[secrets.FactFamily] != "agent" {
		t.Errorf("%v, %v", values, errs)
	}
	if n := len(s.Calls()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// Of a task with several containers, the endpoint of the container itself says
// which image is the one that tsboot runs in.
func TestTaskImage(t *testing.T) {
	t.Parallel()
	s := store(t)
	s.SetTask(map[string]any{"Containers": []any{map[string]any{"Image": "a"}, map[string]any{"Image": "b"}}})
	m := metadataOf(inTaskOf(s) + "/")
	m.AskTask(t.Context())
	if got := m.Task(time.Minute).Image; got != "111122223333.dkr.ecr.us-east-1.amazonaws.com/agent:3.1" {
		t.Errorf("%q", got)
	}
	if n := len(s.Calls()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// What is wrong costs nothing but the wait, is asked once, and is left out.
func TestTaskFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{
		secretstest.ServerError, secretstest.HTML, secretstest.Truncate, secretstest.Reset, secretstest.Close, secretstest.Hang,
		secretstest.HangBody, secretstest.NotJSON, secretstest.NoBody, secretstest.Endless, secretstest.EndlessHeader, secretstest.GzipBomb,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := store(t)
			s.Script(secretstest.Fault{Op: secretstest.OpTask, Kind: kind, Times: forever})
			m := metadataOf(inTaskOf(s))
			m.AskTask(t.Context())
			if err := s.Await(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if got := m.Task(50 * time.Millisecond); got != (Task{}) {
				t.Errorf("%+v", got)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if n := len(s.Calls()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// Outside of a task, or with an address that cannot be one, nothing is asked.
func TestTaskNotHere(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"", taskMetadata + "=", taskMetadata + "=no-url", containerFile + "=/nonexistent"} {
		m := metadataOf(variable)
		m.AskTask(t.Context())
		if got := m.Task(time.Minute); got != (Task{}) {
			t.Errorf("%s: %+v", variable, got)
		}
	}
}

// The region is that of the task's ARN in every partition; a text that is no such
// ARN names none.
func TestTaskRegion(t *testing.T) {
	for arn, region := range map[string]string{
		"arn:aws:ecs:us-west-2:111122223333:task/prod/0123":        "us-west-2",
		"arn:aws:ecs:ap-southeast-4:111122223333:task/0123":        "ap-southeast-4",
		"arn:aws-cn:ecs:cn-northwest-1:111122223333:task/p/0123":   "cn-northwest-1",
		"arn:aws-us-gov:ecs:us-gov-east-1:111122223333:task/p/0":   "us-gov-east-1",
		"arn:aws-iso:ecs:us-iso-west-1:111122223333:task/p/0":      "us-iso-west-1",
		"arn:aws-iso-b:ecs:us-isob-east-1:111122223333:task/p/0":   "us-isob-east-1",
		"arn:aws-iso-e:ecs:eu-isoe-west-1:111122223333:task/p/0":   "eu-isoe-west-1",
		"arn:aws-iso-f:ecs:us-isof-south-1:111122223333:task/p/0":  "us-isof-south-1",
		"arn:aws-eusc:ecs:eusc-de-east-1:111122223333:task/p/0":    "eusc-de-east-1",
		"arn:aws:ecs::111122223333:task/prod/0123":                 "",
		"arn:aws:ecs:us-west-2a:111122223333:task/prod/0123":       "",
		"arn:aws:ecs:us-west-2-lax-1a:111122223333:task/prod/0123": "",
		"arn:aws:ec2:us-west-2:111122223333:instance/i-0123":       "",
		"us-west-2": "",
		"":          "",
		"arn:aws:ecs:us-west-2\n:111122223333:task/prod/0123": "",
	} {
		s := store(t)
		s.SetTask(map[string]any{"TaskARN": arn})
		testEnv{taskMetadata: s.TaskURL(), "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}.set(t)
		survey := Locate(t.Context(), fetchOptions(30*time.Second))
		if region != "" && (survey.Err != nil || survey.Region != region || survey.RegionSource != "the task's ARN") {
			t.Errorf("%s: %s from %s, %v; want %s", arn, survey.Region, survey.RegionSource, survey.Err, region)
		}
		if region == "" {
			want(t, survey.Err, CodeNoRegion, secrets.Usage, "a task ARN without a region")
		}
	}
}
