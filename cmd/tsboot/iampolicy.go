package main

import (
	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/boot"
)

var policyFormats = []string{"json", "terraform"}

func (a *app) iamPolicyCommand() *cobra.Command {
	var format string
	var o boot.PolicyOptions
	cmd := &cobra.Command{
		Use:  "iam-policy [flags]",
		Args: a.line.NoWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runIAMPolicy(cmd, format, o) },
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&format, "format", "json", "`FORMAT`: json, or terraform: a data source aws_iam_policy_document")
	fs.StringVar(&o.Account, "account", "", "AWS account `ID` (default that of the credentials)")
	fs.StringArrayVar(&o.Keys, "kms-key", nil, "KMS `KEY` of your own that encrypts the parameters: ARN, id or alias/NAME; repeatable")
	a.settings.sourceFlags(fs)
	fs.BoolVar(&a.settings.resolveEnv, "resolve-env", false, "with what the variables refer to whose value is ssm://REF")
	a.settings.profileFlag(fs)
	a.settings.logFlags(fs)
	return cmd
}

// runIAMPolicy is `tsboot iam-policy`.
func (a *app) runIAMPolicy(cmd *cobra.Command, format string, o boot.PolicyOptions) error {
	a.settings.withoutCommand = true
	b, _, err := a.beginCommand() // Policy looks at the sources by itself: nothing else concerns it
	if err != nil {
		return err
	}
	if err := a.settings.given.OneOf("format", format, policyFormats...); err != nil {
		return err
	}
	policy, err := b.Policy(cmd.Context(), o)
	if err != nil {
		return err
	}
	text := policy.Terraform()
	if format == "json" {
		if text, err = policy.JSON(); err != nil {
			return err
		}
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}
