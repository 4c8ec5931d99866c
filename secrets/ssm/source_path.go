package ssm

import (
	"context"
	"fmt"
	"strings"
)

// A pathSource is all that is below a path (--ssm-path).
type pathSource struct {
	path  string // as it was given
	label string // only versions that have this label; empty: the newest versions
}

func (p pathSource) Kind() SourceKind      { return SourcePath }
func (p pathSource) Name() string          { return trimPath(p.path) }
func (p pathSource) check() error          { return checkPath(p.path) }
func (p pathSource) asksAWS() bool         { return true }
func (p pathSource) references() []Ref     { return nil }
func (p pathSource) layer() (string, bool) { return pathOrigin(p.Name()), false }
func (p pathSource) below() string         { return p.Name() }

func (p pathSource) read(ctx context.Context, s *session) (content, error) {
	layer, err := s.readPath(ctx, p.Name(), p.label)
	return content{parameters: layer.Parameters}, err
}

func (p pathSource) allow(w *iamWriter) {
	w.byPath = appendNew(w.byPath, w.parameter(w.region, p.Name()))
	w.decrypts(w.parameters, w.region, w.below(p.Name())+"*")
}

// pathOrigin is the origin of what is below a path.
func pathOrigin(path string) string { return "ssm:" + path }

// checkPath refuses a path that Parameter Store does not allow.
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

// trimPath removes slashes at the end: a resource of IAM has none.
func trimPath(path string) string {
	if bare := strings.TrimRight(path, "/"); bare != "" {
		return bare
	}
	return "/"
}
