package ssm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tsboot/tsboot/secrets"
)

// IAMOptions say which region, account and keys a policy is for.
type IAMOptions struct {
	Region     string   // empty: PlaceholderRegion
	RegionFrom string   // how messages name what gave Region; empty: --region
	Account    string   // empty: PlaceholderAccount
	Keys       []string // KMS keys of one's own: ARN, id or alias/NAME
}

// Placeholders in a policy for what is not known.
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

// LeastPrivilege is the smallest policy with which the sources can be read. Each
// path and each reference stands by itself, so that no sibling can be read.
// Parameters under the key aws/ssm need nothing more. Keys of one's own may
// decrypt these parameters only, and only through the service that stores them.
func LeastPrivilege(sources []Source, o IAMOptions) (*IAMPolicy, error) {
	if o.Region != "" && !regionPattern().MatchString(o.Region) {
		return nil, badRegion(o.Region, cmp.Or(o.RegionFrom, "--region"))
	}
	w := newIAMWriter(o)
	if err := w.parseKeys(o.Keys); err != nil {
		return nil, err
	}
	for _, source := range sources {
		source.allow(w)
	}
	w.finish()
	return &IAMPolicy{Version: "2012-10-17", Statement: w.statements}, nil
}

// An iamWriter collects what the sources read, by region.
type iamWriter struct {
	region, account string
	keys            []iamKey
	byPath, byName  []string // ARNs
	secrets         []string // ARNs
	regions         []string // of what is decrypted
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
	return arn.ARN{Partition: PartitionOf(region), Service: service, Region: region, AccountID: w.account, Resource: rest}.String()
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

// below is the ARN of a path with a slash at its end.
func (w *iamWriter) below(path string) string {
	return strings.TrimSuffix(w.parameter(w.region, path), "/") + "/"
}

func (w *iamWriter) ref(ref Ref) {
	region := w.region
	if ref.Region != "" {
		region = ref.Region
	}
	resource := ref.base()
	if !arn.IsARN(resource) {
		resource = w.parameter(region, resource)
	}
	w.byName = appendNew(w.byName, resource)
	if !ref.IsSecret() {
		w.decrypts(w.parameters, region, resource)
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

// decrypt allows the keys of a region to decrypt what has one of the contexts.
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

// DNSSuffix is what the names of the services of a region end with.
func DNSSuffix(region string) string {
	if suffix, ok := dnsSuffixes[PartitionOf(region)]; ok {
		return suffix
	}
	return "amazonaws.com"
}

// viaService is how KMS names a service that calls it for a user. Its
// documentation has amazonaws.com. In partitions with another suffix both names
// are allowed: both are the service.
func viaService(service, region string) []string {
	names := []string{service + "." + region + ".amazonaws.com"}
	if suffix, ok := dnsSuffixes[PartitionOf(region)]; ok {
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
