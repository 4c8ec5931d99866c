package secrets

import "slices"

// Facts are what a profile can refer to besides its parameters: what the host
// and ECS say about themselves. They are not secret, and nobody can set one.
const (
	FactCluster           = "ecs.cluster"
	FactTaskID            = "ecs.task-id"
	FactFamily            = "ecs.family"
	FactRevision          = "ecs.revision"
	FactAvailabilityZone  = "ecs.availability-zone"
	FactContainerInstance = "ecs.container-instance"
	FactHostName          = "host.name"
	FactInstanceID        = "host.instance-id"
)

var facts = []string{
	FactCluster, FactTaskID, FactFamily, FactRevision, FactAvailabilityZone, FactContainerInstance,
	FactHostName, FactInstanceID,
}

// Facts are the names of all facts, in the order of the documentation.
func Facts() []string { return slices.Clone(facts) }

// IsFact says whether a name is that of a fact.
func IsFact(name string) bool { return slices.Contains(facts, name) }
