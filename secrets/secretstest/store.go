package secretstest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Types of a parameter, as AWS names them.
const (
	TypeString       = "String"
	TypeStringList   = "StringList"
	TypeSecureString = "SecureString"
)

// A version is one value that a parameter has had.
type version struct {
	number   int64
	value    string
	typ      string
	modified time.Time
	labels   []string
	key      string // of KMS; empty: Parameter Store's own
}

// A parameter is what one name holds in one region.
type parameter struct {
	name     string
	versions []*version
}

func (p *parameter) latest() *version { return p.versions[len(p.versions)-1] }

// selected returns the version that a selector (a number or a label) names;
// the empty selector names the latest.
func (p *parameter) selected(selector string) *version {
	if selector == "" {
		return p.latest()
	}
	for _, v := range p.versions {
		if strconv.FormatInt(v.number, 10) == selector || slices.Contains(v.labels, selector) {
			return v
		}
	}
	return nil
}

// store holds the parameters and secrets of every region.
type store struct {
	mu      sync.Mutex
	regions map[string]map[string]*parameter
	secrets map[string]map[string]string // region, Secrets Manager id, value
}

func newStore() *store {
	return &store{
		regions: map[string]map[string]*parameter{},
		secrets: map[string]map[string]string{},
	}
}

// put adds a version and returns its number.
func (s *store) put(region, name string, v version) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := s.regions[region]
	if names == nil {
		names = map[string]*parameter{}
		s.regions[region] = names
	}
	p := names[name]
	if p == nil {
		p = &parameter{name: name}
		names[name] = p
	}
	v.number = int64(len(p.versions) + 1)
	for _, old := range p.versions { // a label is on one version only
		old.labels = slices.DeleteFunc(old.labels, func(l string) bool { return slices.Contains(v.labels, l) })
	}
	p.versions = append(p.versions, &v)
	return v.number
}

func (s *store) delete(region, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.regions[region][name]
	delete(s.regions[region], name)
	return ok
}

func (s *store) putSecret(region, id, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secrets[region] == nil {
		s.secrets[region] = map[string]string{}
	}
	s.secrets[region][id] = value
}

// found is one parameter as a call returns it.
type found struct {
	name     string
	selector string
	arn      string
	version
}

// below lists what is under path, sorted by name. The leaf stored at path
// itself is not below it.
func (s *store) below(region, path string, recursive bool, label, typ string) []found {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix := strings.TrimSuffix(path, "/") + "/"
	var list []found
	for name, p := range s.regions[region] {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok || rest == "" || (!recursive && strings.Contains(rest, "/")) {
			continue
		}
		v := p.selected(label)
		if v == nil || (typ != "" && v.typ != typ) {
			continue
		}
		f := found{name: name, version: *v}
		if label != "" {
			f.selector = ":" + label
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b found) int { return strings.Compare(a.name, b.name) })
	return list
}

// get resolves name, name:version, name:label and references to Secrets
// Manager, already stripped of any ARN.
func (s *store) get(region, ref string) (found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := strings.CutPrefix(ref, secretsManagerPrefix); ok {
		value, ok := s.secrets[region][id]
		if !ok {
			return found{}, errNotFound
		}
		return found{name: ref, version: version{value: value, typ: TypeSecureString, modified: epoch}}, nil
	}
	name, selector, _ := strings.Cut(ref, ":")
	p := s.regions[region][name]
	if p == nil {
		return found{}, errNotFound
	}
	v := p.selected(selector)
	if v == nil {
		return found{}, errVersionNotFound
	}
	f := found{name: name, version: *v}
	if selector != "" {
		f.selector = ":" + selector
	}
	return f, nil
}

const secretsManagerPrefix = "/aws/reference/secretsmanager/"

// epoch is when every parameter without a time of its own was last modified.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

// ciphertext is what a SecureString reads as without decryption: base64 that
// shares nothing with the value.
func ciphertext(name, value string) string {
	sum := sha256.Sum256([]byte(name + "\x00" + value))
	return "AQICAH" + base64.StdEncoding.EncodeToString(sum[:])
}

// parameterARN is the resource as the service sees it: "parameter" followed by
// the name, whose own slash is the separator.
func parameterARN(region, account, name string) string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter/%s", partition(region), region, account, strings.TrimPrefix(name, "/"))
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
