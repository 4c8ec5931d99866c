// Package event is what tswatch emits: an audit event with the process it is about and the container it came from, in the
// names of the Elastic Common Schema, and how that is written in other schemas.
package event
