package event

import "strings"

// Labels that runtimes and orchestrators put on a container.
const (
	labelPodName      = "io.kubernetes.pod.name"
	labelPodNamespace = "io.kubernetes.pod.namespace"
	labelPodUID       = "io.kubernetes.pod.uid"

	labelTaskARN    = "com.amazonaws.ecs.task-arn"
	labelCluster    = "com.amazonaws.ecs.cluster"
	labelTaskFamily = "com.amazonaws.ecs.task-definition-family"
)

// orchestrated is who started a container, by its labels; nil where they say nothing. Labels are whatever the container's
// author wrote, but nothing else has these names.
func orchestrated(labels map[string]string) (*Orchestrator, *AWS) {
	if len(labels) == 0 {
		return nil, nil
	}
	if pod := labels[labelPodName]; pod != "" {
		return &Orchestrator{
			Type:      "kubernetes",
			Namespace: valid(labels[labelPodNamespace]),
			Resource:  &OrchestratorResource{Type: "pod", Name: valid(pod), ID: valid(labels[labelPodUID])},
		}, nil
	}
	arn := labels[labelTaskARN]
	cluster := labels[labelCluster]
	family := labels[labelTaskFamily]
	if arn == "" && cluster == "" && family == "" {
		return nil, nil
	}
	o := &Orchestrator{Type: "ecs"}
	if cluster != "" {
		o.Cluster = &OrchestratorCluster{Name: valid(lastPart(cluster))}
	}
	if arn == "" && family == "" {
		return o, nil
	}
	o.Resource = &OrchestratorResource{Type: "task", Name: valid(family), ID: valid(lastPart(arn))}
	if arn == "" {
		return o, nil
	}
	return o, &AWS{ECS: AWSECS{Task: AWSTask{ARN: valid(arn)}}}
}

// lastPart is what follows the last slash: of an ARN, the name of the resource itself.
func lastPart(text string) string { return text[strings.LastIndexByte(text, '/')+1:] }
