package ssm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
)

// Options say how to fetch.
type Options struct {
	Region string // --region; empty: found, see Result.RegionSource
	// RegionFrom is how messages name what gave Region; empty: --region.
	RegionFrom string
	Timeout    time.Duration // one deadline over everything; 0: never give up
	Splay      time.Duration // a random wait up to this before the first call
	Logger     hclog.Logger  // nil: silent
	Version    string        // of the program, for the user agent
	Environ    []string      // nil: the process's; the SDK itself reads the process's in any case

	// Begin is called before each thing that may hang deaf to the context, such as
	// the files that the SDK reads; what it returns, when that has ended. Sources
	// that are asked side by side call it at the same time. nil: nobody wants to know.
	Begin func(what string) (done func())

	policy *Policy                                   // of tests
	load   func(context.Context) (aws.Config, error) // of tests: the SDK's configuration
}

// A Request says what to fetch.
type Request struct {
	Paths []string // --ssm-path, lowest first
	Label string   // --ssm-label: below the paths, only versions that bear it
	Refs  []Ref    // --ssm-parameter
	Dirs  []string // --secrets-dir, lowest first
	// Variables are --resolve-env: references whose Name is the variable that
	// holds them (see ParseEnvRef).
	Variables []Ref

	// ByName asks for path + "/" + each of Names in place of all that is below
	// a path. Names are taken as they are; those that do not exist are no error.
	ByName bool
	Names  []string
}

// A Result is what was fetched.
type Result struct {
	Layers       []secrets.Layer     // paths in order, then the references, then directories in order
	Variables    []secrets.Parameter // what Request.Variables refer to; Name is the variable
	Dangling     []secrets.Dangling  // links in directories, passed over
	Calls        int                 // of Parameter Store, tries included
	Retries      int                 // after failures, of whatever was asked
	Elapsed      time.Duration
	Region       string // empty when AWS was not asked
	RegionSource string
	Identity     *Identity // nil when AWS was not asked
}

// needsAWS says whether anything has to be asked of AWS.
func (r Request) needsAWS() bool { return len(r.Paths)+len(r.Refs)+len(r.Variables) > 0 }

// originRefs is the origin of the layer of single parameters.
const originRefs = "ssm-parameter"

// Validate finds usage errors before anything is asked.
func (r Request) Validate() error {
	for _, p := range r.Paths {
		if err := checkPath(p); err != nil {
			return err
		}
	}
	if r.Label != "" && !isLabel(r.Label) {
		return newError(CodeBadRequest, "use label", fmt.Sprintf("%q", r.Label), "no label has that name")
	}
	if r.ByName && r.Label != "" {
		e := newError(CodeBadRequest, "use label", fmt.Sprintf("%q", r.Label), "a label selects below a path, not by name")
		e.Fix = "drop one of --ssm-label and --ssm-fetch names"
		return e
	}
	if r.ByName && len(r.Paths) > 0 && len(r.Names) == 0 {
		e := newError(CodeBadRequest, "ask by name", "", "the profile declares no parameters to ask for")
		e.Fix = "drop --ssm-fetch names"
		return e
	}
	return checkRefs(r.Refs)
}

// checkPath refuses a path that Parameter Store would not take.
func checkPath(path string) error {
	op, resource := "use path", fmt.Sprintf("%q", path)
	bare := trimPath(path)
	switch wrong := wrongName(bare); {
	case strings.HasPrefix(path, "arn:"):
		e := newError(CodeBadPath, op, resource, "it is an ARN")
		e.Fix = "write --ssm-parameter for one parameter, or the path as /app/prod"
		return e
	case !strings.HasPrefix(path, "/"):
		e := newError(CodeBadPath, op, resource, "it has no leading slash")
		if candidate := "/" + bare; wrongName(candidate) == "" {
			e.Fix = "write " + candidate
		}
		return e
	case bare != "/" && wrong != "":
		return newError(CodeBadPath, op, resource, wrong)
	}
	return nil
}

// checkRefs refuses two references that would give the same name.
func checkRefs(refs []Ref) error {
	seen := map[string]string{}
	for _, r := range refs {
		if other, ok := seen[r.Name]; ok {
			e := newError(CodeBadReference, "use references", fmt.Sprintf("%s and %s", other, r), fmt.Sprintf("both are named %q", r.Name))
			e.Fix = "name one of them: NAME=REF"
			return e
		}
		seen[r.Name] = r.String()
	}
	return nil
}

// trimPath drops trailing slashes: the resource of IAM has none.
func trimPath(path string) string {
	if bare := strings.TrimRight(path, "/"); bare != "" {
		return bare
	}
	return "/"
}

// Fetch reads every source of the request. A context that ends stops it at
// once; the error then wraps the context's cause and is no *Error.
func Fetch(ctx context.Context, o Options, r Request) (*Result, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if o.Timeout > 0 && o.Splay >= o.Timeout && r.needsAWS() {
		e := newError(CodeBadRequest, "use splay", o.Splay.String(), "the deadline of the fetch is "+o.Timeout.String())
		e.Fix = "make --fetch-timeout longer than --splay"
		return nil, e
	}
	s := newSession(o)
	ctx, cancel := s.caller.context(ctx)
	defer cancel()
	result := &Result{}
	if r.needsAWS() {
		if err := s.fetchAWS(ctx, r, result); err != nil {
			return nil, err
		}
		result.Region, result.RegionSource, result.Identity = s.region, s.regionSource, s.identity
	}
	for _, dir := range r.Dirs {
		done := o.begin("reading the directory of secrets " + dir)
		layer, dangling, err := secrets.ReadDir(dir)
		done()
		if err != nil {
			return nil, err
		}
		result.Dangling = append(result.Dangling, dangling...)
		result.Layers = append(result.Layers, layer)
	}
	result.Calls, result.Retries, result.Elapsed = s.caller.contact.asked(), s.caller.retries, time.Since(s.caller.start)
	return result, nil
}

// fetchAWS reads what AWS keeps: paths in order, then references.
func (s *session) fetchAWS(ctx context.Context, r Request, result *Result) error {
	if err := s.splay(ctx); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	defer s.close()
	defer s.options.begin("asking Parameter Store")()
	for _, path := range r.Paths {
		read := s.readPath
		if r.ByName {
			read = func(ctx context.Context, path, _ string) (secrets.Layer, error) {
				return s.readNames(ctx, path, r.Names)
			}
		}
		layer, err := read(ctx, trimPath(path), r.Label)
		if err != nil {
			return err
		}
		result.Layers = append(result.Layers, layer)
	}
	if len(r.Refs)+len(r.Variables) == 0 {
		return nil
	}
	parameters, err := s.readRefs(ctx, slices.Concat(r.Refs, ofVariables(r.Variables)))
	if err != nil {
		return err
	}
	result.Variables = parameters[len(r.Refs):]
	for i := range result.Variables {
		result.Variables[i].Origin, result.Variables[i].Referred = "environment", true
	}
	if len(r.Refs) == 0 {
		return nil
	}
	layer, err := secrets.NewLayer(originRefs, parameters[:len(r.Refs):len(r.Refs)])
	result.Layers = append(result.Layers, layer)
	return err
}

// splay waits a random time, so that a fleet does not ask as one.
func (s *session) splay(ctx context.Context) error {
	if s.options.Splay <= 0 {
		return nil
	}
	wait := rand.N(s.options.Splay)
	s.log.Info("waiting before the first call", "delay", durationText(wait))
	if !sleep(ctx, wait) {
		return s.caller.ended(ctx, task{op: "wait before", resource: "the first call"}, finding{}, 1)
	}
	return nil
}
