package ssm

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tsboot/tsboot/secrets"
)

// A document is JSON that the ECS agent gives: the metadata of the task, of a
// container, or the container's metadata file.
type document map[string]any

// readDocument is nil for what is not one whole object of JSON.
func readDocument(body []byte) document {
	var d document
	if json.Unmarshal(body, &d) != nil {
		return nil
	}
	return d
}

// documentKeys say which key of a document a fact is taken from, and where the
// value is an ARN, of which type of resource.
var documentKeys = map[string]struct{ name, resource string }{
	secrets.FactCluster:           {"Cluster", "cluster"},
	secrets.FactTaskID:            {"TaskARN", "task"},
	secrets.FactFamily:            {"Family", ""},
	secrets.FactRevision:          {"Revision", ""},
	secrets.FactAvailabilityZone:  {"AvailabilityZone", ""},
	secrets.FactContainerInstance: {"ContainerInstanceARN", "container-instance"},
}

// text is the text or number of a key. It is empty where the key is missing, or
// has what no such key can have: something else may answer in the agent's place.
func (d document) text(key string) string {
	const most = 2048 // characters, the longest ARN
	text, _ := d[key].(string)
	if n, ok := d[key].(float64); ok {
		text = strconv.FormatFloat(n, 'f', -1, 64)
	}
	if len(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
		return ""
	}
	return text
}

// fact is the value of a fact; empty: the document does not have it. The cluster
// comes as its name or as its ARN, all other ids come as ARNs.
func (d document) fact(name string) string {
	key := documentKeys[name]
	text := d.text(key.name)
	if key.resource == "" || name == secrets.FactCluster && !strings.HasPrefix(text, "arn:") {
		return text
	}
	return resourceID(text, key.resource)
}

// resourceID is the last part of an ARN of ECS: TYPE/ID, or TYPE/CLUSTER/ID. It is
// empty for any other text.
func resourceID(text, resource string) string {
	a, err := arn.Parse(text)
	path, ok := strings.CutPrefix(a.Resource, resource+"/")
	if err != nil || a.Service != "ecs" || !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// image is that of the container, where the task has only one.
func (d document) image() string {
	list, _ := d["Containers"].([]any)
	if len(list) != 1 {
		return ""
	}
	container, _ := list[0].(map[string]any)
	return document(container).text("Image")
}
