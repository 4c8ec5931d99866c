package runtime

// keptLabels are those that say who started a container. Others are not kept: a container may have as many, and as long ones,
// as its author likes.
var keptLabels = []string{
	"io.kubernetes.pod.name",
	"io.kubernetes.pod.namespace",
	"io.kubernetes.pod.uid",
	"io.kubernetes.container.name",
	"com.amazonaws.ecs.cluster",
	"com.amazonaws.ecs.container-name",
	"com.amazonaws.ecs.task-arn",
	"com.amazonaws.ecs.task-definition-family",
	"com.amazonaws.ecs.task-definition-version",
	"com.docker.compose.project",
	"com.docker.compose.service",
	"com.docker.swarm.service.name",
	"com.docker.swarm.task.name",
}

// textLimit is the longest name, tag or label that is taken. Those of Docker, Kubernetes and AWS are shorter.
const textLimit = 2048

func keepLabels(labels map[string]string) map[string]string {
	var kept map[string]string
	for _, key := range keptLabels {
		value, ok := labels[key]
		if !ok || len(value) > textLimit {
			continue
		}
		if kept == nil {
			kept = map[string]string{}
		}
		kept[key] = value
	}
	return kept
}

// short is text, or nothing where it is too long to be a name.
func short(text string) string {
	if len(text) > textLimit {
		return ""
	}
	return text
}
