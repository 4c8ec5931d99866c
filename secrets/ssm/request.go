package ssm

import "fmt"

// A Request says what to read. The zero Request is nothing.
type Request struct {
	Paths []string // --ssm-path, lowest first
	Label string   // --ssm-label: below the paths, only versions that have it; empty: the newest versions
	Refs  []Ref    // --ssm-parameter
	Dirs  []string // --secrets-dir, lowest first
	// Variables are --resolve-env: references whose Name is the variable that
	// holds them (see ParseEnvRef).
	Variables []Ref

	// ByName asks for path + "/" + each of Names, and not for all that is below a
	// path. Names are taken as they are; one that does not exist is not an error.
	ByName bool
	Names  []string
}

// Sources are what the request names, in the order of their layers: paths,
// references, variables, directories. The error is a usage error; nothing is
// asked.
func (r Request) Sources() ([]Source, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return r.sources(), nil
}

func (r Request) sources() (list []Source) {
	for _, path := range r.Paths {
		if r.ByName {
			list = append(list, namesSource{path, r.Names})
		} else {
			list = append(list, pathSource{path, r.Label})
		}
	}
	for _, ref := range r.Refs {
		list = append(list, referenceSource{ref})
	}
	for _, ref := range r.Variables {
		list = append(list, newVariableSource(ref))
	}
	for _, dir := range r.Dirs {
		list = append(list, directorySource{dir})
	}
	return list
}

// Validate finds usage errors before anything is asked.
func (r Request) Validate() error {
	if r.Label != "" && !isLabel(r.Label) {
		return newError(CodeBadRequest, "use label", fmt.Sprintf("%q", r.Label), "no label has that name")
	}
	if r.ByName && r.Label != "" {
		e := newError(CodeBadRequest, "use label", fmt.Sprintf("%q", r.Label), "a label selects below a path, not by name")
		e.Fix = "drop one of --ssm-label and --ssm-fetch names"
		return e
	}
	for _, source := range r.sources() {
		if err := source.check(); err != nil {
			return err
		}
	}
	return checkReferences(r.Refs)
}
