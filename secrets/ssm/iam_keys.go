package ssm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/tsboot/tsboot/secrets"
)

// An iamKey is a KMS key as an operator names it.
type iamKey struct {
	arn   string // of a key
	id    string // of a key in the region and account of the policy
	alias string // alias/NAME: the key behind it may change
	home  string // region of an alias's ARN, or empty
	owner string // account of an alias's ARN, or empty
}

var (
	keyIDPattern = secrets.LazyRegexp(`^(mrk-)?[0-9a-f-]{32,36}$`)
	keyResource  = secrets.LazyRegexp(`^(key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)$`)
	keyRegion    = secrets.LazyRegexp(`^[a-z0-9-]+$`)
	aliasPattern = secrets.LazyRegexp(`^alias/[A-Za-z0-9/_-]+$`)
)

// IsManagedKey says whether an alias is that of a key that AWS manages for a
// service. Every principal of the account may decrypt with it through that
// service, so a policy does not name it.
func IsManagedKey(alias string) bool { return strings.HasPrefix(alias, "alias/aws/") }

func (w *iamWriter) parseKeys(names []string) error {
	for _, name := range names {
		key, isARN := parseKeyARN(name)
		switch {
		case isARN && strings.HasPrefix(key.Resource, "key/"):
			w.keys = append(w.keys, iamKey{arn: name, home: key.Region})
		case isARN:
			w.keys = append(w.keys, iamKey{alias: key.Resource, home: key.Region, owner: key.AccountID})
		case keyIDPattern().MatchString(name), name == PlaceholderKey:
			w.keys = append(w.keys, iamKey{id: name})
		case aliasPattern().MatchString(name):
			w.keys = append(w.keys, iamKey{alias: name})
		default:
			e := newError(CodeBadRequest, "use KMS key", fmt.Sprintf("%q", name), "it is not a key")
			e.Fix = "write --kms-key with a key's ARN, its id, or alias/NAME"
			return e
		}
	}
	w.keys = slices.DeleteFunc(w.keys, func(k iamKey) bool { return IsManagedKey(k.alias) })
	return nil
}

// parseKeyARN reads the ARN of a key or of an alias.
func parseKeyARN(name string) (key arn.ARN, ok bool) {
	key, err := arn.Parse(name)
	return key, err == nil && key.Service == "kms" && partitionPattern().MatchString(key.Partition) &&
		keyRegion().MatchString(key.Region) && accountPattern().MatchString(key.AccountID) && keyResource().MatchString(key.Resource)
}

// resource is the key's ARN in a region; empty if the key is not there.
func (k iamKey) resource(w *iamWriter, region string) string {
	switch {
	case k.home != "" && k.home != region:
		return ""
	case k.arn != "":
		return k.arn
	case k.id != "":
		return w.arn("kms", region, "key/"+k.id)
	case k.owner != "":
		return arn.ARN{Partition: PartitionOf(region), Service: "kms", Region: region, AccountID: k.owner, Resource: "key/*"}.String()
	}
	return w.arn("kms", region, "key/*")
}
