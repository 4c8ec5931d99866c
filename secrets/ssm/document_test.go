package ssm

import (
	"testing"

	"github.com/tsboot/tsboot/secrets"
)

// What documents of the agent say, and what they cannot say.
func TestDocumentFacts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ json, fact, want string }{
		{`{"Cluster":"prod"}`, secrets.FactCluster, "prod"},
		{`{"Cluster":"arn:aws:ecs:us-west-2:111122223333:cluster/prod"}`, secrets.FactCluster, "prod"},
		{`{"Cluster":"arn:aws-cn:ecs:cn-north-1:111122223333:cluster/prod-1"}`, secrets.FactCluster, "prod-1"},
		{`{"Cluster":"arn:aws:ecs:us-west-2:111122223333:service/prod"}`, secrets.FactCluster, ""},
		{`{"Cluster":"arn:aws:ecs:us-west-2:111122223333:cluster"}`, secrets.FactCluster, ""},
		{`{"Cluster":"arn:aws:ecs:us-west-2:111122223333:cluster/"}`, secrets.FactCluster, ""},
		{`{"Cluster":"arnold"}`, secrets.FactCluster, "arnold"},
		{`{"Cluster":null}`, secrets.FactCluster, ""},
		{`{"Cluster":["prod"]}`, secrets.FactCluster, ""},
		{`{"Cluster":"pr\nod"}`, secrets.FactCluster, ""},
		{`{"Cluster":"p\u0000"}`, secrets.FactCluster, ""},
		{`{"TaskARN":"arn:aws:ecs:us-west-2:111122223333:task/prod/0123456789abcdef0123456789abcdef"}`, secrets.FactTaskID, "0123456789abcdef0123456789abcdef"},
		{`{"TaskARN":"arn:aws:ecs:us-west-2:111122223333:task/01234567-89ab-cdef-0123-456789abcdef"}`, secrets.FactTaskID, "01234567-89ab-cdef-0123-456789abcdef"},
		{`{"TaskARN":"0123456789abcdef"}`, secrets.FactTaskID, ""},
		{`{"TaskARN":"arn:aws:ec2:us-west-2:111122223333:task/x"}`, secrets.FactTaskID, ""},
		{`{"Family":"agent"}`, secrets.FactFamily, "agent"},
		{`{"Revision":"12"}`, secrets.FactRevision, "12"},
		{`{"Revision":12}`, secrets.FactRevision, "12"},
		{`{"AvailabilityZone":"us-west-2-lax-1a"}`, secrets.FactAvailabilityZone, "us-west-2-lax-1a"},
		{`{"ContainerInstanceARN":"arn:aws:ecs:us-west-2:111122223333:container-instance/prod/1f73d099b9144"}`, secrets.FactContainerInstance, "1f73d099b9144"},
		{`{"ContainerInstanceARN":"arn:aws:ecs:us-west-2:111122223333:container-instance/1f73d099-b914"}`, secrets.FactContainerInstance, "1f73d099-b914"},
		{`{"ContainerInstanceARN":"1f73d099b9144"}`, secrets.FactContainerInstance, ""},
		{`null`, secrets.FactCluster, ""}, {`[]`, secrets.FactCluster, ""}, {`{"Cluster":"x"`, secrets.FactCluster, ""}, {``, secrets.FactCluster, ""},
	} {
		if got := readDocument([]byte(test.json)).fact(test.fact); got != test.want {
			t.Errorf("%s of %s: %q, want %q", test.fact, test.json, got, test.want)
		}
	}
}

func TestDocumentImage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"Containers":[{"Image":"agent:3"}]}`:         "agent:3",
		`{"Containers":[{"Image":"a"},{"Image":"b"}]}`: "",
		`{"Containers":[]}`:                            "",
		`{"Containers":[7]}`:                           "",
		`{"Containers":{"Image":"a"}}`:                 "",
		`{}`:                                           "",
		`{"Containers":[{"Image":"agent:3","Name":"agent"}]`: "",
	} {
		if got := readDocument([]byte(text)).image(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
