// Package manifest turns a profile and the options of a boot into a deployment: task definitions with their roles,
// templates, Kubernetes objects, a compose file, a systemd unit. It is pure: nothing is read, and the same options make
// the same bytes.
//
// What a deployment needs is found out once, in a model (model.go); each kind is one function that writes the model down.
// A kind says what it cannot do: a limit that is passed is an error, what it has to leave out is a note.
package manifest
