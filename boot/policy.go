package boot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// locateTimeout limits the lookup of account and region, which only fill in the printed policy.
const locateTimeout = 10 * time.Second

// PolicyOptions are what Policy needs beside the sources. Zero: the account of the credentials, and no key.
type PolicyOptions struct {
	Account string   // twelve digits, anything else is an error; empty: the account of the credentials
	Keys    []string // customer managed KMS keys of the parameters; none: they use the key aws/ssm
}

// Policy makes the smallest IAM policy that the sources need. No parameter is read.
func (b *Boot) Policy(ctx context.Context, o PolicyOptions) (*ssm.IAMPolicy, error) {
	var sources []ssm.Source
	var options ssm.IAMOptions
	err := b.bounded(ctx, b.options.Sources.Timeout, func(ctx context.Context) error {
		var err error
		if sources, err = b.policySources(o); err != nil {
			return err
		}
		options = b.locate(ctx, o)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, name := range b.nearReferences() {
		nearReference(name).log(b.log)
	}
	policy, err := ssm.LeastPrivilege(sources, options)
	if err != nil {
		return nil, b.blameKey(err)
	}
	if len(options.Keys) == 0 && ssm.AsksAWS(sources) {
		b.log.Info("for parameters encrypted with a KMS key of your own, add --kms-key")
	}
	return policy, nil
}

func (b *Boot) policySources(o PolicyOptions) ([]ssm.Source, error) {
	if err := b.options.validateAccount(o.Account); err != nil {
		return nil, err
	}
	if err := b.options.validateSources(); err != nil {
		return nil, err
	}
	named := &profile.Profile{}
	if b.options.Sources.Fetch == FetchByName { // the profile says which names
		defer b.readingProfile()()
		var err error
		if named, err = b.options.loadProfile(); err != nil {
			return nil, err
		}
	}
	sources, err := b.namedSources(named)
	if err == nil && !ssm.AsksAWS(sources) {
		err = Usagef("nothing to allow: give --ssm-path or --ssm-parameter")
	}
	return sources, err
}

func (o *Options) validateAccount(account string) error {
	if account != "" && (len(account) != 12 || strings.Trim(account, "0123456789") != "") {
		return o.Given.Wrongf("account", " %q: an account has twelve digits", account)
	}
	return nil
}

// locate finds region and account without a call where flags and environment say both.
func (b *Boot) locate(ctx context.Context, o PolicyOptions) ssm.IAMOptions {
	options := ssm.IAMOptions{
		Region: b.options.Sources.Region, RegionFrom: b.options.Given.Name("region"), Account: o.Account, Keys: o.Keys,
	}
	environ := secrets.Variables(b.environ)
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if options.Region == "" {
			options.Region, options.RegionFrom = environ[name], name
		}
	}
	if options.Region != "" && options.Account != "" {
		return options
	}
	fetch := b.fetchOptions()
	fetch.Timeout = locateTimeout
	found := ssm.Locate(ctx, fetch)
	if options.Region == "" {
		options.Region = found.Region
	}
	if options.Account == "" && found.Identity != nil {
		options.Account = found.Identity.Account
	}
	b.notePlaceholders(options, found)
	return options
}

// blameKey names --kms-key in an error about the policy. The request was checked before, and an error about the region
// names itself.
func (b *Boot) blameKey(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == ssm.CodeBadRegion {
		return err
	}
	return b.options.Given.blame("kms-key", err)
}

func (b *Boot) notePlaceholders(options ssm.IAMOptions, found *ssm.Survey) {
	why := found.Unnamed
	if found.Err != nil {
		why = found.Err.Error()
	}
	if options.Region == "" {
		b.log.Warn("region not known: replace "+ssm.PlaceholderRegion+", or give --region", "cause", why)
	}
	if options.Account == "" {
		b.log.Warn("account not known: replace "+ssm.PlaceholderAccount+", or give --account", "cause", why)
	}
}
