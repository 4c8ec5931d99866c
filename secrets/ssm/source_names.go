package ssm

import (
	"context"
	"strings"
)

// A namesSource is the named parameters below a path (--ssm-fetch names). A name
// that does not exist is not an error.
type namesSource struct {
	path  string // as it was given
	names []string
}

func (n namesSource) Kind() SourceKind      { return SourcePath }
func (n namesSource) Name() string          { return trimPath(n.path) }
func (n namesSource) asksAWS() bool         { return true }
func (n namesSource) references() []Ref     { return nil }
func (n namesSource) layer() (string, bool) { return pathOrigin(n.Name()), false }
func (n namesSource) below() string         { return n.Name() }

func (n namesSource) check() error {
	if err := checkPath(n.path); err != nil {
		return err
	}
	if len(n.names) == 0 {
		e := newError(CodeBadRequest, "ask by name", "", "the profile declares no parameters to ask for")
		e.Fix = "drop --ssm-fetch names"
		return e
	}
	return nil
}

func (n namesSource) read(ctx context.Context, s *session) (content, error) {
	layer, err := s.readNames(ctx, n.Name(), n.names)
	return content{parameters: layer.Parameters}, err
}

func (n namesSource) allow(w *iamWriter) {
	for _, name := range n.names {
		arn := w.below(n.Name()) + strings.TrimPrefix(name, "/")
		w.byName = appendNew(w.byName, arn)
		w.decrypts(w.parameters, w.region, arn)
	}
}
