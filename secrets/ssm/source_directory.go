package ssm

import (
	"context"

	"github.com/tsboot/tsboot/secrets"
)

// A directorySource is a directory whose files are parameters (--secrets-dir).
type directorySource struct{ dir string }

func (d directorySource) Kind() SourceKind      { return SourceDirectory }
func (d directorySource) Name() string          { return d.dir }
func (d directorySource) check() error          { return nil }
func (d directorySource) asksAWS() bool         { return false }
func (d directorySource) references() []Ref     { return nil }
func (d directorySource) layer() (string, bool) { return "dir:" + d.dir, false }
func (d directorySource) allow(*iamWriter)      {}

func (d directorySource) read(_ context.Context, s *session) (content, error) {
	defer s.options.begin("reading the directory of secrets " + d.dir)()
	layer, dangling, err := secrets.ReadDir(d.dir)
	return content{layer.Parameters, dangling}, err
}
