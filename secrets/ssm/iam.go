package ssm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// IAMOptions say for where a policy is.
type IAMOptions struct {
	Region     string   // empty: PlaceholderRegion
	RegionFrom string   // how messages name what gave Region; empty: --region
	Account    string   // empty: PlaceholderAccount
	Keys       []string // KMS keys of one's own: ARN, id or alias/NAME
}

// What stands in a policy for what is not known.
const (
	PlaceholderRegion  = "REGION"
	PlaceholderAccount = "ACCOUNT"
	PlaceholderKey     = "KEY-ID"
)

// An IAMPolicy is a policy document as IAM takes it.
type IAMPolicy struct {
	Version   string
	Statement []IAMStatement
}

// An IAMStatement allows actions on resources.
type IAMStatement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"` // operator, key, values
}

// IAMPolicy is the least that lets the request be fetched: each path, bare, and
// each reference by its own name, so that no sibling is in reach. Parameters
// under the key aws/ssm need nothing more; keys of one's own are let decrypt
// these very parameters, by the services that store them, and nothing else.
func (r Request) IAMPolicy(o IAMOptions) (*IAMPolicy, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if o.Region != "" && !regionPattern().MatchString(o.Region) {
		return nil, badRegion(o.Region, cmp.Or(o.RegionFrom, "--region"))
	}
	w := newIAMWriter(o)
	if err := w.parseKeys(o.Keys); err != nil {
		return nil, err
	}
	w.paths(r)
	for _, ref := range slices.Concat(r.Refs, r.Variables) {
		w.ref(ref)
	}
	w.finish()
	return &IAMPolicy{Version: "2012-10-17", Statement: w.statements}, nil
}

// Grant is the statement that would let through what was refused; there is none
// where a policy denies it by name, or where the refusal does not say what.
func Grant(e *secrets.Error) (IAMStatement, bool) {
	if e.Code != CodeAccessDenied && e.Code != CodeKMSAccessDenied || e.Action == "" || e.ARN == "" || strings.Contains(e.Detail, "explicit deny") {
		return IAMStatement{}, false
	}
	return IAMStatement{Sid: "AllowTsboot", Effect: "Allow", Action: []string{e.Action}, Resource: []string{e.ARN}}, true
}

// An iamWriter gathers what is read, by region.
type iamWriter struct {
	region, account string
	keys            []iamKey
	byPath, byName  []string // ARNs
	secrets         []string // ARNs
	regions         []string // in which something is decrypted
	parameters      map[string][]string
	secretsIn       map[string][]string
	statements      []IAMStatement
}

func newIAMWriter(o IAMOptions) *iamWriter {
	w := &iamWriter{region: o.Region, account: o.Account, parameters: map[string][]string{}, secretsIn: map[string][]string{}}
	if w.region == "" {
		w.region = PlaceholderRegion
	}
	if w.account == "" {
		w.account = PlaceholderAccount
	}
	return w
}

func (w *iamWriter) arn(service, region, rest string) string {
	return "arn:" + partitionOf(region) + ":" + service + ":" + region + ":" + w.account + ":" + rest
}

func (w *iamWriter) parameter(region, name string) string {
	return w.arn("ssm", region, "parameter/"+strings.TrimPrefix(name, "/"))
}

func (w *iamWriter) decrypts(in map[string][]string, region, arn string) {
	if !slices.Contains(w.regions, region) {
		w.regions = append(w.regions, region)
	}
	if !slices.Contains(in[region], arn) {
		in[region] = append(in[region], arn)
	}
}

func (w *iamWriter) paths(r Request) {
	for _, path := range r.Paths {
		path = trimPath(path)
		below := strings.TrimSuffix(w.parameter(w.region, path), "/") + "/"
		if !r.ByName {
			w.byPath = appendNew(w.byPath, w.parameter(w.region, path))
			w.decrypts(w.parameters, w.region, below+"*")
			continue
		}
		for _, name := range r.Names {
			w.byName = appendNew(w.byName, below+strings.TrimPrefix(name, "/"))
			w.decrypts(w.parameters, w.region, below+strings.TrimPrefix(name, "/"))
		}
	}
}

func (w *iamWriter) ref(ref Ref) {
	region := w.region
	if ref.Region != "" {
		region = ref.Region
	}
	arn := ref.base()
	if !strings.HasPrefix(arn, "arn:") {
		arn = w.parameter(region, arn)
	}
	w.byName = appendNew(w.byName, arn)
	if !ref.IsSecret() {
		w.decrypts(w.parameters, region, arn)
		return
	}
	// Secrets Manager adds six characters of its own to the name in the ARN.
	secret := w.arn("secretsmanager", region, "secret:"+strings.TrimPrefix(ref.base(), secrets.SecretsManagerPrefix)+"-??????")
	w.secrets = appendNew(w.secrets, secret)
	w.decrypts(w.secretsIn, region, secret)
}

func (w *iamWriter) finish() {
	w.allow("ReadPaths", "ssm:GetParametersByPath", w.byPath, nil)
	w.allow("ReadParameters", "ssm:GetParameters", w.byName, nil)
	w.allow("ReadSecrets", "secretsmanager:GetSecretValue", w.secrets, nil)
	for _, region := range w.regions {
		w.decrypt("DecryptParameters", region, "ssm", "PARAMETER_ARN", w.parameters[region])
		w.decrypt("DecryptSecrets", region, "secretsmanager", "SecretARN", w.secretsIn[region])
	}
}

// allow adds a statement whose Sid no other has.
func (w *iamWriter) allow(sid, action string, resources []string, condition map[string]map[string][]string) {
	if len(resources) == 0 {
		return
	}
	unique := sid
	for n := 2; slices.ContainsFunc(w.statements, func(s IAMStatement) bool { return s.Sid == unique }); n++ {
		unique = fmt.Sprintf("%s%d", sid, n)
	}
	w.statements = append(w.statements, IAMStatement{unique, "Allow", []string{action}, resources, condition})
}

// decrypt lets the keys of a region decrypt what has one of the contexts.
func (w *iamWriter) decrypt(sid, region, service, contextKey string, contexts []string) {
	if len(contexts) == 0 {
		return
	}
	var keys, aliased, aliases []string
	for _, k := range w.keys {
		switch resource := k.resource(w, region); {
		case resource == "":
		case k.alias == "":
			keys = append(keys, resource)
		default:
			aliased, aliases = appendNew(aliased, resource), append(aliases, k.alias)
		}
	}
	condition := func() map[string]map[string][]string {
		return map[string]map[string][]string{
			"StringEquals": {"kms:ViaService": viaService(service, region)},
			"StringLike":   {"kms:EncryptionContext:" + contextKey: contexts},
		}
	}
	w.allow(sid, "kms:Decrypt", keys, condition())
	byAlias := condition()
	byAlias["ForAnyValue:StringEquals"] = map[string][]string{"kms:ResourceAliases": aliases}
	w.allow(sid, "kms:Decrypt", aliased, byAlias)
}

// dnsSuffixes of the partitions other than amazonaws.com.
var dnsSuffixes = map[string]string{
	"aws-cn": "amazonaws.com.cn", "aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov",
	"aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov", "aws-eusc": "amazonaws.eu",
}

// viaService is how KMS names a service that asks for somebody. Its
// documentation has amazonaws.com; in the partitions with a suffix of their
// own both are let through, for both are the service and nobody else.
func viaService(service, region string) []string {
	names := []string{service + "." + region + ".amazonaws.com"}
	if suffix, ok := dnsSuffixes[partitionOf(region)]; ok {
		names = append(names, service+"."+region+"."+suffix)
	}
	return names
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// An iamKey is a KMS key as an operator names it.
type iamKey struct {
	arn   string // of a key
	id    string // of a key in the region and account at hand
	alias string // alias/NAME: the key behind it may change
	home  string // region of an alias's ARN, or empty
	owner string // account of an alias's ARN, or empty
}

var (
	keyIDPattern  = secrets.LazyRegexp(`^(mrk-)?[0-9a-f-]{32,36}$`)
	keyARNPattern = secrets.LazyRegexp(`^arn:aws(-[a-z]+)*:kms:([a-z0-9-]+):([0-9]{12}):(key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)$`)
	aliasPattern  = secrets.LazyRegexp(`^alias/[A-Za-z0-9/_-]+$`)
)

// awsAliases are the keys that AWS keeps for a service; they let every
// principal of the account decrypt by way of it.
const awsAliases = "alias/aws/"

func (w *iamWriter) parseKeys(names []string) error {
	for _, name := range names {
		arn := keyARNPattern().FindStringSubmatch(name)
		switch {
		case arn != nil && strings.HasPrefix(arn[4], "key/"):
			w.keys = append(w.keys, iamKey{arn: name, home: arn[2]})
		case arn != nil:
			w.keys = append(w.keys, iamKey{alias: arn[4], home: arn[2], owner: arn[3]})
		case keyIDPattern().MatchString(name), name == PlaceholderKey:
			w.keys = append(w.keys, iamKey{id: name})
		case aliasPattern().MatchString(name):
			w.keys = append(w.keys, iamKey{alias: name})
		default:
			e := newError(CodeBadRequest, "use KMS key", fmt.Sprintf("%q", name), "it is no key")
			e.Fix = "write --kms-key with a key's ARN, its id, or alias/NAME"
			return e
		}
	}
	w.keys = slices.DeleteFunc(w.keys, func(k iamKey) bool { return strings.HasPrefix(k.alias, awsAliases) })
	return nil
}

// resource is the key's ARN in a region, or empty where it is not.
func (k iamKey) resource(w *iamWriter, region string) string {
	switch {
	case k.home != "" && k.home != region:
		return ""
	case k.arn != "":
		return k.arn
	case k.id != "":
		return w.arn("kms", region, "key/"+k.id)
	case k.owner != "":
		return "arn:" + partitionOf(region) + ":kms:" + region + ":" + k.owner + ":key/*"
	}
	return w.arn("kms", region, "key/*")
}
