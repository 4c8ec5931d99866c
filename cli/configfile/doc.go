// Package configfile reads flags from a file: YAML or JSON, one mapping whose keys are the names of flags. It knows no
// program: which flags there are, the caller says.
package configfile
