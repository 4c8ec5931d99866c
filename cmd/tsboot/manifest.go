package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/cli"
	"github.com/tsboot/tsboot/manifest"
)

func (a *app) manifestCommand() *cobra.Command {
	var o manifest.Options
	cmd := &cobra.Command{
		Use:  "manifest KIND [flags] [-- command [arg...]]",
		Args: cobra.ArbitraryArgs, // a wrong kind has a message of its own
	}
	cmd.Flags().SortFlags = false
	own := manifestFlags(&o)
	cmd.Flags().AddFlagSet(own)
	a.settings.bootFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, kind []string) error {
		if len(kind) > 1 {
			return a.line.NoWords(cmd, kind[1:])
		}
		o.Words = cli.GivenWords(cmd.Flags(), func(name string) bool { return name != "profile" && own.Lookup(name) == nil })
		return a.runManifest(cmd, strings.Join(kind, ""), o)
	}
	return cmd
}

// manifestFlags are about the deployment; the container does not get them.
func manifestFlags(o *manifest.Options) *pflag.FlagSet {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.StringVar(&o.Name, "name", "", "`NAME` of what is deployed (default the profile's; of exec the command's)")
	fs.StringVar(&o.Image, "image", "", "container `IMAGE` (default ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:1)")
	fs.StringVar(&o.Account, "account", "", "AWS account `ID` (default the word ACCOUNT)")
	fs.StringArrayVar(&o.Keys, "kms-key", nil, "KMS `KEY` of your own that encrypts the parameters: ARN, id or alias/NAME; repeatable")
	fs.StringArrayVar(&o.Mounts, "mount", nil, "mount a path of the host, `HOST:CONTAINER[:rw]`, read-only without :rw; repeatable")
	fs.IntVar(&o.Memory, "memory", 0, "`MIB` of memory to reserve (default what the profile's agent needs)")
	fs.IntVar(&o.Hosts, "hosts", 0, "`N` hosts that boot at once: sets --splay so that Parameter Store's limit carries them")
	return fs
}

// runManifest is `tsboot manifest`. The user of --user is the container's: nobody looks for it here.
func (a *app) runManifest(cmd *cobra.Command, kind string, o manifest.Options) error {
	a.settings.commandMeansExec()
	o.User, a.settings.user = a.settings.user, ""
	_, invalid, err := a.beginCommand()
	if err == nil {
		err = invalid.First()
	}
	if err != nil {
		return err
	}
	o.Boot = &a.options
	made, err := manifest.Make(kind, o)
	if err != nil {
		return err
	}
	for _, note := range made.Notes {
		a.log.Warn("look at the manifest", "detail", note)
	}
	_, err = cmd.OutOrStdout().Write(made.Text)
	return err
}
