package ssm

import (
	"context"
	"fmt"

	"github.com/tsboot/tsboot/secrets"
)

// originReferences is the origin of the layer that all references share.
const originReferences = "ssm-parameter"

// A referenceSource is one parameter (--ssm-parameter).
type referenceSource struct{ ref Ref }

func (r referenceSource) Kind() SourceKind      { return SourceReference }
func (r referenceSource) Name() string          { return r.ref.String() }
func (r referenceSource) check() error          { return nil } // ParseRef has done it
func (r referenceSource) asksAWS() bool         { return true }
func (r referenceSource) references() []Ref     { return []Ref{r.ref} }
func (r referenceSource) layer() (string, bool) { return originReferences, true }
func (r referenceSource) allow(w *iamWriter)    { w.ref(r.ref) }

func (r referenceSource) read(ctx context.Context, s *session) (content, error) {
	p, err := s.reference(ctx, r.ref)
	p.Origin = originReferences
	return content{parameters: []secrets.Parameter{p}}, err
}

// A variableSource is a variable whose value refers to a parameter
// (--resolve-env).
type variableSource struct{ ref Ref }

func newVariableSource(ref Ref) variableSource {
	ref.variable = ref.Name
	return variableSource{ref}
}

func (v variableSource) Kind() SourceKind      { return SourceVariable }
func (v variableSource) Name() string          { return v.ref.Name }
func (v variableSource) check() error          { return nil } // ParseEnvRef has done it
func (v variableSource) asksAWS() bool         { return true }
func (v variableSource) references() []Ref     { return []Ref{v.ref} }
func (v variableSource) layer() (string, bool) { return "", false }
func (v variableSource) allow(w *iamWriter)    { w.ref(v.ref) }

func (v variableSource) read(ctx context.Context, s *session) (content, error) {
	p, err := s.reference(ctx, v.ref)
	p.Origin, p.Referred = "environment", true
	return content{parameters: []secrets.Parameter{p}}, err
}

// checkReferences refuses two references that would give the same name.
func checkReferences(refs []Ref) error {
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
