package secrets

import (
	"fmt"
	"net/url"
	"os"
	"strings"
)

// An environment is a list of NAME=VALUE; the first entry of a name counts, as
// for getenv(3) and os.Getenv. The SDK reads the process's own: the list is
// that, unless a test says otherwise.
type environment []string

func (e environment) get(name string) string {
	if e == nil {
		return os.Getenv(name)
	}
	for _, entry := range e {
		if n, v, ok := strings.Cut(entry, "="); ok && n == name {
			return v
		}
	}
	return ""
}

// noInstanceMetadata says whether the SDK was told not to ask the instance.
func (e environment) noInstanceMetadata() bool {
	return strings.EqualFold(e.get("AWS_EC2_METADATA_DISABLED"), "true")
}

// inTask says whether this is a container of an ECS task.
func (e environment) inTask() bool {
	return e.get("ECS_CONTAINER_METADATA_URI_V4") != "" || strings.HasPrefix(e.get("AWS_EXECUTION_ENV"), "AWS_ECS_")
}

// credentialsEndpoint is where the container's credentials come from; empty
// where there is no such endpoint.
func (e environment) credentialsEndpoint() string {
	if path := e.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		return "the task role endpoint http://169.254.170.2" + withoutID(path)
	}
	if full := e.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"); full != "" {
		return "the credentials endpoint " + withoutID(full)
	}
	return ""
}

// checkEndpoints refuses an endpoint that is no URL, which the SDK would take
// for trouble of the network.
func (e environment) checkEndpoints() error {
	for _, name := range []string{"AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"} {
		value := e.get(name)
		if value == "" {
			continue
		}
		u, err := url.Parse(value)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			e := newError(CodeAWSConfig, "use", name, fmt.Sprintf("%q is no URL", value))
			e.Mend = "write it as http://HOST:PORT"
			return e
		}
	}
	return nil
}

// withoutID drops the last part of the path: on ECS it is the key to the
// credentials.
func withoutID(url string) string {
	if i := strings.LastIndexByte(url, '/'); i > 0 && strings.Contains(url, "/v2/credentials/") {
		return url[:i] + "/..."
	}
	return url
}
