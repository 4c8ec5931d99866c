package ssm

import (
	"os"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// An environment is a list of NAME=VALUE; the first entry of a name counts, as for
// getenv(3) and os.Getenv. Nil is that of the process, which the SDK reads; tests
// give others.
type environment []string

func (e environment) get(name string) string {
	if e == nil {
		return os.Getenv(name)
	}
	value, _ := secrets.Variable(e, name)
	return value
}

// entries is the list.
func (e environment) entries() []string {
	if e == nil {
		return os.Environ()
	}
	return e
}

// isEmpty says whether a variable is set and empty.
func (e environment) isEmpty(name string) bool {
	value, ok := secrets.Variable(e.entries(), name)
	return ok && value == ""
}

// Variables of ECS.
const (
	taskMetadata  = "ECS_CONTAINER_METADATA_URI_V4"          // the endpoint that describes the task
	containerFile = "ECS_CONTAINER_METADATA_FILE"            // the file that describes the container, where the agent writes one
	relativeURI   = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" // the path of the task role's credentials
	fullURI       = "AWS_CONTAINER_CREDENTIALS_FULL_URI"     // the URL of credentials, outside of ECS too
)

// noInstanceMetadata says whether the SDK must not ask the instance.
func (e environment) noInstanceMetadata() bool {
	return strings.EqualFold(e.get("AWS_EC2_METADATA_DISABLED"), "true")
}

// inTask says whether tsboot runs in a container of an ECS task.
func (e environment) inTask() bool {
	return e.get(taskMetadata) != "" || strings.HasPrefix(e.get("AWS_EXECUTION_ENV"), "AWS_ECS_")
}

// credentialsEndpoint is where the container's credentials come from; empty if
// there is no such endpoint.
func (e environment) credentialsEndpoint() string {
	if path := e.get(relativeURI); path != "" {
		return "the task role endpoint " + shownURL("http://169.254.170.2"+path)
	}
	if full := e.get(fullURI); full != "" {
		return "the credentials endpoint " + shownURL(full)
	}
	return ""
}
