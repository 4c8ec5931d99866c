package ssm

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tsboot/tsboot/secrets"
)

// A Ref names one parameter: by name, by name with version or label, by ARN (of
// any partition, account and region), or as a Secrets Manager secret. With a Key
// it is one key of the JSON object that is the parameter's value. ParseRef and
// ParseEnvRef make it; the zero Ref names nothing.
type Ref struct {
	Name   string // normalised: given, or the key, or the last part of the parameter's name
	ID     string // as AWS takes it, with version or label
	Region string // that of an ARN; empty: the region of the fetch
	Key    string

	variable string // of --resolve-env: what holds the reference
}

// label is the reference in messages: as it was given.
func (r Ref) label() string {
	if r.variable != "" {
		return r.variable + "=" + secrets.EnvScheme + r.String()
	}
	return r.String()
}

// String is the reference without its name.
func (r Ref) String() string {
	if r.Key != "" {
		return r.ID + "#" + r.Key
	}
	return r.ID
}

// base is the ID without version or label.
func (r Ref) base() string {
	if a, err := arn.Parse(r.ID); err == nil {
		a.Resource, _, _ = strings.Cut(a.Resource, ":")
		return a.String()
	}
	name, _, _ := strings.Cut(r.ID, ":")
	return name
}

// IsSecret says whether the reference is to Secrets Manager.
func (r Ref) IsSecret() bool { return strings.HasPrefix(r.ID, secrets.SecretsManagerPrefix) }

var (
	refNamePattern   = secrets.LazyRegexp(`^[a-zA-Z0-9_.-]+$`)
	secretPattern    = secrets.LazyRegexp(`^[a-zA-Z0-9/_+=.@!-]+$`)
	versionPattern   = secrets.LazyRegexp(`^[1-9][0-9]{0,17}$`)
	partitionPattern = secrets.LazyRegexp(`^aws(-[a-z]+)*$`)
	accountPattern   = secrets.LazyRegexp(`^[0-9]{12}$`)
)

// ParseRef reads [NAME=]REF, as --ssm-parameter takes it.
func ParseRef(s string) (Ref, error) {
	rest, given := s, ""
	if i := strings.IndexAny(s, "=/:#"); i >= 0 && s[i] == '=' {
		given, rest = s[:i], s[i+1:]
		if !refNamePattern().MatchString(given) {
			return Ref{}, badRef(s, "a name has letters, digits and _.-")
		}
	}
	r, err := parseTarget(rest)
	if err != nil {
		return Ref{}, err
	}
	if given != "" {
		r.Name = secrets.NormalizeName(given)
	}
	return r, nil
}

// ParseEnvRef reads the value of a variable. ssm://REF is a reference; anything
// else is not one, and not an error. The caller sets the name.
func ParseEnvRef(value string) (r Ref, isRef bool, err error) {
	target, ok := strings.CutPrefix(value, secrets.EnvScheme)
	if !ok {
		return Ref{}, false, nil
	}
	r, err = parseTarget(target)
	return r, true, err
}

func parseTarget(s string) (Ref, error) {
	id, key, hasKey := strings.Cut(s, "#")
	r := Ref{ID: id, Key: key}
	if hasKey && key == "" {
		return Ref{}, badRef(s, "nothing follows #")
	}
	var err error
	switch {
	case id == "":
		return Ref{}, badRef(s, "it is empty")
	case strings.HasPrefix(id, "arn:"):
		err = r.parseARN()
	case strings.HasPrefix(id, secrets.SecretsManagerPrefix):
		err = r.parseSecret()
	default:
		err = r.parseName(id)
	}
	if err != nil {
		return Ref{}, err
	}
	if key != "" {
		r.Name = secrets.NormalizeName(key)
	}
	return r, nil
}

// parseName checks name, name:version or name:label. The parameter is named by the
// last part of the name.
func (r *Ref) parseName(s string) error {
	name, selector, selected := strings.Cut(s, ":")
	if wrong := wrongName(name); wrong != "" {
		return badRef(r.ID, wrong)
	}
	return r.finish(name, selector, selected)
}

func (r *Ref) finish(name, selector string, selected bool) error {
	if selected && !versionPattern().MatchString(selector) && !isLabel(selector) {
		return badRef(r.ID, "what follows the colon is neither a version nor a label")
	}
	r.Name = secrets.NormalizeName(name[strings.LastIndexByte(name, '/')+1:])
	return nil
}

// parseARN checks arn:PARTITION:ssm:REGION:ACCOUNT:parameter/NAME[:SELECTOR].
func (r *Ref) parseARN() error {
	a, err := arn.Parse(r.ID)
	if err != nil {
		return badRef(r.ID, "it is a part of an ARN only")
	}
	if a.Service == "secretsmanager" {
		e := badRef(r.ID, "it is the ARN of a Secrets Manager secret")
		e.Fix = "write " + secrets.SecretsManagerPrefix + " and the secret's name"
		return e
	}
	name, ok := strings.CutPrefix(a.Resource, "parameter/")
	switch {
	case !partitionPattern().MatchString(a.Partition):
		return badRef(r.ID, fmt.Sprintf("%q is not a partition", a.Partition))
	case a.Service != "ssm" || !ok:
		return badRef(r.ID, "it is not the ARN of a parameter")
	case !regionPattern().MatchString(a.Region):
		return badRef(r.ID, fmt.Sprintf("%q is not a region", a.Region))
	case !accountPattern().MatchString(a.AccountID):
		return badRef(r.ID, fmt.Sprintf("%q is not an account", a.AccountID))
	}
	r.Region = a.Region
	name, selector, selected := strings.Cut(name, ":")
	// An ARN does not show whether a name of one part has a slash of its own.
	if wrong := wrongName("/" + name); wrong != "" {
		return badRef(r.ID, wrong)
	}
	return r.finish(name, selector, selected)
}

func (r *Ref) parseSecret() error {
	id, stage, staged := strings.Cut(strings.TrimPrefix(r.ID, secrets.SecretsManagerPrefix), ":")
	if !secretPattern().MatchString(id) || strings.HasSuffix(id, "/") {
		return badRef(r.ID, "no secret has that name")
	}
	if staged && !refNamePattern().MatchString(stage) {
		return badRef(r.ID, "what follows the colon is not a version of a secret")
	}
	r.Name = secrets.NormalizeName(id[strings.LastIndexByte(id, '/')+1:])
	return nil
}

func badRef(s, detail string) *secrets.Error {
	return newError(CodeBadReference, "read reference", fmt.Sprintf("%q", s), detail)
}
