package ssm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

// A Survey is what there is to say about a request, each source by itself.
type Survey struct {
	Region       string
	RegionSource string
	Identity     *Identity // nil without credentials; ARN and Account may be empty
	Unnamed      string    // why STS did not say who that is; empty when it did
	Err          error     // no region or no credentials: nothing was asked of AWS
	Sources      []Source  // paths, references, variables, directories, each in order
}

// A SourceKind tells the sources of a request apart.
type SourceKind string

// Kinds of source.
const (
	SourcePath      SourceKind = "path"
	SourceReference SourceKind = "reference"
	SourceVariable  SourceKind = "variable"
	SourceDirectory SourceKind = "directory"
)

// A Source is one path, reference or directory, and what came of it.
type Source struct {
	Kind       SourceKind
	Name       string // the path, the reference, the variable's name, the directory
	Parameters []secrets.Parameter
	Err        error // what a Fetch would end with; nil when Asked is false, too
	Asked      bool
	Retries    int
	Dangling   []secrets.Dangling // links of a directory, passed over
	Sealed     []Sealed           // when KMS refused: what it could not decrypt
}

// LookAt reads each source of a valid request by itself and at the same time
// as the others, so that one that fails hides none. It makes more calls than
// Fetch, waits for no splay, and is for a person who looks, not for a fleet.
func LookAt(ctx context.Context, o Options, r Request) *Survey {
	o.Splay = 0
	survey := &Survey{}
	sources := split(r)
	if r.needsAWS() {
		survey.locate(ctx, o)
	}
	var group sync.WaitGroup
	for _, one := range sources {
		survey.Sources = append(survey.Sources, one.source)
	}
	for i, one := range sources {
		if one.request.needsAWS() && survey.Err != nil {
			continue
		}
		group.Go(func() { survey.Sources[i].ask(ctx, o, one.request) })
	}
	group.Wait()
	return survey
}

// Locate finds region and identity as a Fetch would, and reads no parameter.
func Locate(ctx context.Context, o Options) *Survey {
	survey := &Survey{}
	survey.locate(ctx, o)
	return survey
}

func (v *Survey) locate(ctx context.Context, o Options) {
	s := newSession(o)
	ctx, cancel := s.caller.context(ctx)
	defer cancel()
	v.Err = s.open(ctx)
	v.Region, v.RegionSource, v.Identity = s.region, s.regionSource, s.identity
	if v.Err != nil {
		return
	}
	defer s.close()
	switch id := s.nameOurselves(ctx); {
	case id == errEmulated:
		v.Unnamed = id.Error()
	case id != nil:
		v.Unnamed = s.caller.classify(id).detail
	}
}

// errEmulated: a program that is pointed at an emulator of Parameter Store does not ask the real STS.
var errEmulated = errors.New("not asked: AWS_ENDPOINT_URL_SSM points to another endpoint than AWS's")

// nameOurselves asks STS once, in a moment.
func (s *session) nameOurselves(ctx context.Context) error {
	if s.emulated() {
		return errEmulated
	}
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	return s.askSTS(ctx)
}

func (s *session) emulated() bool {
	return !s.env.ignoresEndpoints() && s.env.get("AWS_ENDPOINT_URL_SSM") != "" && s.env.get("AWS_ENDPOINT_URL_STS") == "" && s.env.get("AWS_ENDPOINT_URL") == ""
}

// A share is one source and the request for it alone.
type share struct {
	source  Source
	request Request
}

func split(r Request) (all []share) {
	for _, path := range r.Paths {
		all = append(all, share{Source{Kind: SourcePath, Name: trimPath(path)}, Request{Paths: []string{path}, Label: r.Label, ByName: r.ByName, Names: r.Names}})
	}
	for _, ref := range r.Refs {
		all = append(all, share{Source{Kind: SourceReference, Name: ref.String()}, Request{Refs: []Ref{ref}}})
	}
	for _, ref := range r.Variables {
		all = append(all, share{Source{Kind: SourceVariable, Name: ref.Name}, Request{Variables: []Ref{ref}}})
	}
	for _, dir := range r.Dirs {
		all = append(all, share{Source{Kind: SourceDirectory, Name: dir}, Request{Dirs: []string{dir}}})
	}
	return all
}

func (s *Source) ask(ctx context.Context, o Options, r Request) {
	start := time.Now()
	result, err := Fetch(ctx, o, r)
	s.Asked, s.Err = true, err
	var e *secrets.Error
	if errors.As(err, &e) && e.Code == CodeKMSAccessDenied && s.Kind == SourcePath {
		if o.Timeout > 0 {
			o.Timeout = max(o.Timeout-time.Since(start), time.Second)
		}
		s.Sealed = sealed(ctx, o, s.Name)
	}
	if err != nil {
		return
	}
	s.Retries, s.Parameters, s.Dangling = result.Retries, result.Variables, result.Dangling
	for _, layer := range result.Layers {
		s.Parameters = append(s.Parameters, layer.Parameters...)
	}
}

// Layers are those that Fetch would give, as far as they could be read.
func (v *Survey) Layers() (layers []secrets.Layer, err error) {
	var refs []secrets.Parameter
	at := -1
	for _, s := range v.Sources {
		switch {
		case s.Kind == SourceReference:
			if at < 0 {
				at, layers = len(layers), append(layers, secrets.Layer{Origin: originRefs})
			}
			refs = append(refs, s.Parameters...)
		case s.Kind != SourceVariable && len(s.Parameters) > 0:
			layers = append(layers, secrets.Layer{Origin: s.Parameters[0].Origin, Parameters: s.Parameters})
		}
	}
	if at >= 0 {
		layers[at], err = secrets.NewLayer(originRefs, refs)
	}
	return layers, err
}

// Variables are those of Request.Variables that could be read.
func (v *Survey) Variables() (list []secrets.Parameter) {
	for _, s := range v.Sources {
		if s.Kind == SourceVariable {
			list = append(list, s.Parameters...)
		}
	}
	return slices.Clip(list)
}
