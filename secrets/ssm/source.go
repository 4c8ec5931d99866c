package ssm

import (
	"context"
	"slices"

	"github.com/tsboot/tsboot/secrets"
)

// A Source is one thing that parameters are read from. Request.Sources makes
// them. A new kind of source is a file with a type that has these methods, and a
// field of Request.
type Source interface {
	// Kind and Name are the source in reports.
	Kind() SourceKind
	Name() string

	// check is a usage error that needs no call.
	check() error
	// asksAWS says whether a read needs a region and credentials.
	asksAWS() bool
	// references are those that the read takes from session.reference, which
	// reads the references of all sources together.
	references() []Ref
	// read gets the parameters. The session is open if asksAWS.
	read(ctx context.Context, s *session) (content, error)
	// layer is the origin of the layer that the parameters go into. If it is
	// shared, other sources with this origin use the same layer. An empty origin
	// means that they are variables of the environment and in no layer.
	layer() (origin string, shared bool)
	// allow adds what the read needs to a policy.
	allow(w *iamWriter)
}

// A SourceKind is the word for a kind of source in reports.
type SourceKind string

// Kinds of sources.
const (
	SourcePath      SourceKind = "path"
	SourceReference SourceKind = "reference"
	SourceVariable  SourceKind = "variable"
	SourceDirectory SourceKind = "directory"
)

// A content is what a source has.
type content struct {
	parameters []secrets.Parameter
	dangling   []secrets.Dangling // of a directory
}

// AsksAWS says whether any of the sources needs AWS.
func AsksAWS(sources []Source) bool { return slices.ContainsFunc(sources, Source.asksAWS) }

// A Reading is a source and the result of its read.
type Reading struct {
	Source
	Parameters []secrets.Parameter
	Dangling   []secrets.Dangling // links of a directory that were ignored

	// Of a Survey only.
	Asked   bool     // false: AWS could not be asked at all; Err is nil then
	Err     error    // what a Fetch would return
	Retries int      // tries after a failure
	Sealed  []Sealed // if KMS refused: what it could not decrypt
}

// layersOf puts what was read into layers, the lowest first.
func layersOf(readings []Reading) ([]secrets.Layer, error) {
	var layers []secrets.Layer
	shared := map[string]int{} // where in layers
	for _, r := range readings {
		origin, isShared := r.layer()
		at, found := shared[origin]
		switch {
		case origin == "" || !r.Asked || r.Err != nil:
			continue
		case isShared && found:
			layers[at].Parameters = append(layers[at].Parameters, r.Parameters...)
			continue
		case isShared:
			shared[origin] = len(layers)
		}
		layers = append(layers, secrets.Layer{Origin: origin, Parameters: slices.Clone(r.Parameters)})
	}
	for _, at := range shared {
		layer, err := secrets.NewLayer(layers[at].Origin, layers[at].Parameters)
		if err != nil {
			return nil, err
		}
		layers[at] = layer
	}
	return layers, nil
}

// variablesOf are the parameters that are variables of the environment.
func variablesOf(readings []Reading) (list []secrets.Parameter) {
	for _, r := range readings {
		if origin, _ := r.layer(); origin == "" {
			list = append(list, r.Parameters...)
		}
	}
	return slices.Clip(list)
}
