package ssm

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
)

// Options say how to fetch. The zero Options are ready for use.
type Options struct {
	Region string // empty: found, see Result.RegionSource
	// RegionFrom is how messages name what gave Region; empty: --region.
	RegionFrom string
	Timeout    time.Duration // one deadline over everything; 0: never give up
	Splay      time.Duration // a random wait up to this before the first call
	Logger     hclog.Logger  // nil: silent
	Version    string        // of the program, for the user agent
	Environ    []string      // nil: the process's; the SDK itself reads the process's in any case

	// Begin is called before each thing that may hang and ignore the context, such
	// as the files that the SDK reads; its result is called at the end. LookAt calls
	// it from several goroutines. nil: not called.
	Begin func(what string) (done func())

	// Waits has the calls that are under way; nil: nobody watches.
	Waits *Waits

	// Metadata has perhaps asked about the task (AskTask): the search for the region
	// takes that answer as its first. nil: it asks by itself.
	Metadata *Metadata

	policy *Policy                                   // of tests
	load   func(context.Context) (aws.Config, error) // of tests: the SDK's configuration
}

// A Result is what was fetched.
type Result struct {
	Layers       []secrets.Layer     // in the order of the sources; all references share one
	Variables    []secrets.Parameter // what variables refer to; Name is the variable
	Sources      []Reading           // in the order of the sources
	Calls        int                 // of Parameter Store, tries included
	Retries      int                 // after failures, of whatever was asked
	Waited       time.Duration       // for the splay and between tries
	Elapsed      time.Duration
	Region       string // empty if AWS was not asked
	RegionSource string
	Identity     *Identity // nil if AWS was not asked
}

// Fetch reads every source. It stops at the first failure. If the context ends,
// Fetch returns at once; the error then wraps the context's cause and is not a
// *secrets.Error. Without a source it asks nobody. With an error, too, the Result
// says who was asked, where and how often, and has no parameters.
func Fetch(ctx context.Context, o Options, sources []Source) (*Result, error) {
	result, readings, err := fetch(ctx, o, sources)
	if err != nil {
		return result, err
	}
	if result.Layers, err = layersOf(readings); err != nil {
		return result, err
	}
	result.Variables = variablesOf(readings)
	result.Sources = readings
	return result, nil
}

// fetch returns readings in the order of the sources; Result has no parameters
// yet. Without an error every source is read.
func fetch(ctx context.Context, o Options, sources []Source) (*Result, []Reading, error) {
	result := &Result{}
	if err := checkSplay(o, sources); err != nil {
		return result, nil, err
	}
	s := newSession(o)
	ctx, cancel := s.caller.context(ctx)
	defer cancel()
	readings := make([]Reading, len(sources))
	for i, source := range sources {
		readings[i] = Reading{Source: source, Asked: true}
	}
	var err error
	if AsksAWS(sources) {
		err = s.askAWS(ctx, readings)
		result.Region, result.RegionSource, result.Identity = s.region, s.regionSource, s.identity
	}
	if err == nil {
		err = s.read(ctx, readings, false)
	}
	result.Calls, result.Retries, result.Waited = s.caller.contact.asked(), s.caller.retries, s.caller.waited
	result.Elapsed = time.Since(s.caller.start)
	return result, readings, err
}

func checkSplay(o Options, sources []Source) error {
	if o.Timeout == 0 || o.Splay < o.Timeout || !AsksAWS(sources) {
		return nil
	}
	e := newError(CodeBadRequest, "use splay", o.Splay.String(), "the deadline of the fetch is "+o.Timeout.String())
	e.Fix = "make --fetch-timeout longer than --splay"
	return e
}

// askAWS reads the sources that are in AWS.
func (s *session) askAWS(ctx context.Context, readings []Reading) error {
	if err := s.splay(ctx); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	defer s.close()
	defer s.options.begin("asking Parameter Store")()
	for _, r := range readings {
		s.wanted = append(s.wanted, r.references()...)
	}
	return s.read(ctx, readings, true)
}

// read reads those sources that are in AWS, or those that are not.
func (s *session) read(ctx context.Context, readings []Reading, inAWS bool) error {
	for i, r := range readings {
		if r.asksAWS() != inAWS {
			continue
		}
		got, err := r.read(ctx, s)
		if err != nil {
			return err
		}
		readings[i].Parameters, readings[i].Dangling = got.parameters, got.dangling
	}
	return nil
}

// splay waits a random time, so that the hosts of a fleet do not ask at once.
func (s *session) splay(ctx context.Context) error {
	if s.options.Splay <= 0 {
		return nil
	}
	wait := rand.N(s.options.Splay)
	s.log.Info("waiting before the first call", "delay", durationText(wait))
	t := task{op: "wait before", resource: "the first call"}
	watched := s.caller.watch(t)
	defer watched.end()
	watched.pausing("", wait)
	if !s.caller.sleep(ctx, wait) {
		return s.caller.ended(ctx, t, finding{}, 1)
	}
	return nil
}
