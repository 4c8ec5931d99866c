package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
)

// locateTimeout bounds what is only for an account and a region in a text.
const locateTimeout = 10 * time.Second

var policyFormats = []string{"json", "terraform"}

type policyFlags struct {
	format, account string
	keys            []string
}

func (a *app) iamPolicyCommand() *cobra.Command {
	var flags policyFlags
	cmd := &cobra.Command{
		Use:   "iam-policy [flags]",
		Short: "print the smallest IAM policy that these flags need",
		Long: `iam-policy prints the policy that a role needs to boot with the same flags, ready to paste. Each path and reference
is named by itself, so that no sibling is in reach. Parameters encrypted with the key aws/ssm need nothing more; for a
key of your own give --kms-key, which may then decrypt these very parameters and only by way of Parameter Store.

Region and account come from --region and --account, else from the environment and the credentials that are there;
what is not known is printed as REGION or ACCOUNT, and said on standard error. No parameter is read.

  tsboot iam-policy --ssm-path /threatstack/prod --kms-key alias/threatstack --format terraform`,
		Args: a.noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runIAMPolicy(cmd, flags) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&flags.format, "format", "json", "`FORMAT`: json, or terraform: a data source aws_iam_policy_document")
	fs.StringVar(&flags.account, "account", "", "AWS account `ID` (default that of the credentials)")
	fs.StringArrayVar(&flags.keys, "kms-key", nil, "KMS `KEY` of your own that encrypts the parameters: ARN, id or alias/NAME; repeatable")
	a.settings.sourceFlags(fs)
	fs.BoolVar(&a.settings.resolveEnv, "resolve-env", false, "with what the variables refer to whose value is ssm://REF")
	a.settings.profileFlag(fs)
	a.settings.logFlags(fs)
	return cmd
}

// runIAMPolicy is `tsboot iam-policy`.
func (a *app) runIAMPolicy(cmd *cobra.Command, flags policyFlags) error {
	if err := a.begin(cmd); err != nil {
		return err
	}
	var request secrets.Request
	var options secrets.IAMOptions
	err := a.bounded(cmd.Context(), a.settings.fetchTimeout, func(ctx context.Context) error {
		var err error
		if request, err = a.policyRequest(flags); err != nil {
			return err
		}
		options = a.locate(ctx, flags)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.warnNearReferences()
	policy, err := request.IAMPolicy(options)
	if err != nil {
		return a.blameKey(err)
	}
	if len(options.Keys) == 0 && len(request.Paths)+len(request.Refs)+len(request.Variables) > 0 {
		a.log.Info("for parameters encrypted with a KMS key of your own, add --kms-key")
	}
	text := policy.Terraform()
	if flags.format == "json" {
		if text, err = policy.JSON(); err != nil {
			return err
		}
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}

func (a *app) policyRequest(flags policyFlags) (secrets.Request, error) {
	if err := a.settings.oneOf("format", flags.format, policyFormats...); err != nil {
		return secrets.Request{}, err
	}
	if flags.account != "" && (len(flags.account) != 12 || strings.Trim(flags.account, "0123456789") != "") {
		return secrets.Request{}, a.settings.wrongf("account", " %q: an account has twelve digits", flags.account)
	}
	if err := a.settings.validateSources(); err != nil {
		return secrets.Request{}, err
	}
	profile := &configgen.Profile{}
	if a.settings.ssmFetch == fetchByName { // the profile says which names
		a.settings.withoutCommand = true
		defer a.readingProfile()()
		var err error
		if profile, err = a.settings.loadProfile(); err != nil {
			return secrets.Request{}, err
		}
	}
	request, err := a.request(profile)
	if err == nil && len(request.Paths)+len(request.Refs)+len(request.Variables) == 0 {
		err = usagef("nothing to allow: give --ssm-path or --ssm-parameter")
	}
	return request, err
}

// locate finds region and account without a call where flags and environment say both.
func (a *app) locate(ctx context.Context, flags policyFlags) secrets.IAMOptions {
	options := secrets.IAMOptions{Region: a.settings.region, RegionFrom: a.settings.name("region"), Account: flags.account, Keys: flags.keys}
	environ := secrets.Variables(a.environ)
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if options.Region == "" {
			options.Region, options.RegionFrom = environ[name], name
		}
	}
	if options.Region != "" && options.Account != "" {
		return options
	}
	fetch := a.fetchOptions()
	fetch.Timeout = locateTimeout
	found := secrets.Locate(ctx, fetch)
	if options.Region == "" {
		options.Region = found.Region
	}
	if options.Account == "" && found.Identity != nil {
		options.Account = found.Identity.Account
	}
	a.notePlaceholders(options, found)
	return options
}

// blameKey blames --kms-key for all that the request and the region are not to blame for: these are checked by then, or
// name themselves.
func (a *app) blameKey(err error) error {
	var failure *secrets.Error
	if errors.As(err, &failure) && failure.Code == secrets.CodeBadRegion {
		return err
	}
	return a.settings.blame("kms-key", err)
}

func (a *app) notePlaceholders(options secrets.IAMOptions, found *secrets.Survey) {
	why := found.Unnamed
	if found.Err != nil {
		why = found.Err.Error()
	}
	if options.Region == "" {
		a.log.Warn("region not known: replace "+secrets.PlaceholderRegion+", or give --region", "cause", why)
	}
	if options.Account == "" {
		a.log.Warn("account not known: replace "+secrets.PlaceholderAccount+", or give --account", "cause", why)
	}
}
