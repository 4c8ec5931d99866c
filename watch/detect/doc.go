// Package detect judges events by rules. Rules are data: YAML files with expressions in CEL (https://cel.dev), read strictly
// and type-checked against the fields of an event when they are loaded. The page
// https://github.com/tsboot/tsboot/blob/main/docs/watch-rules.md says how to write one.
package detect
