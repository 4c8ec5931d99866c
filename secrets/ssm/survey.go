package ssm

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

// A Survey is the result of LookAt: each source by itself.
type Survey struct {
	Region       string
	RegionSource string
	Identity     *Identity // nil without credentials; ARN and Account may be empty
	Unnamed      string    // why STS did not name the identity; empty if it did
	Err          error     // no region or no credentials: nothing was asked of AWS
	Sources      []Reading // in the order of the sources
}

// LookAt reads each source by itself, all at the same time: one that fails does
// not hide another. It makes more calls than Fetch and has no splay: it is for a
// person, not for a fleet.
func LookAt(ctx context.Context, o Options, sources []Source) *Survey {
	o.Splay = 0
	survey := &Survey{}
	if AsksAWS(sources) {
		survey.locate(ctx, o)
	}
	survey.Sources = make([]Reading, len(sources))
	var group sync.WaitGroup
	for i, source := range sources {
		survey.Sources[i].Source = source
		if !source.asksAWS() || survey.Err == nil {
			group.Go(func() { survey.Sources[i].ask(ctx, o) })
		}
	}
	group.Wait()
	return survey
}

// Locate finds region and identity like Fetch, and reads no parameter.
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
	switch id := s.identify(ctx); {
	case id == errEmulated:
		v.Unnamed = id.Error()
	case id != nil:
		v.Unnamed = s.caller.classify(id).detail
	}
}

// errEmulated: with an emulator of Parameter Store the real STS is not asked.
var errEmulated = errors.New("not asked: AWS_ENDPOINT_URL_SSM points to another endpoint than AWS's")

// identify asks STS once, within identityTime.
func (s *session) identify(ctx context.Context) error {
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

// ask reads the source.
func (r *Reading) ask(ctx context.Context, o Options) {
	start := time.Now()
	result, readings, err := fetch(ctx, o, []Source{r.Source})
	if err == nil {
		*r = readings[0]
		r.Retries = result.Retries
		return
	}
	r.Asked, r.Err = true, err
	var e *secrets.Error
	path, isPath := r.Source.(interface{ below() string })
	if isPath && errors.As(err, &e) && e.Code == CodeKMSAccessDenied {
		if o.Timeout > 0 {
			o.Timeout = max(o.Timeout-time.Since(start), time.Second)
		}
		r.Sealed = sealed(ctx, o, path.below())
	}
}

// Layers are those that Fetch would return, of the sources that were read.
func (v *Survey) Layers() ([]secrets.Layer, error) { return layersOf(v.Sources) }

// Variables are what variables refer to, as far as it was read.
func (v *Survey) Variables() []secrets.Parameter { return variablesOf(v.Sources) }
