// Package detect judges events by rules. Rules are data: YAML files with expressions in CEL (https://cel.dev), read strictly
// and type-checked against the fields of an event when they are loaded. docs/watch-rules.md is how a rule is written.
package detect
