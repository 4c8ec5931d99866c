package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
)

const (
	profileAuto = "auto" // the built-in profile whose agent is installed
	profileExec = "exec" // every parameter as an environment variable of the command
)

// maxProfile is far more than any profile has: the largest built-in one has 4 KiB.
const maxProfile = 1 << 20

// chooseProfile is that of the settings, noted as what may hang.
func (a *app) chooseProfile() (*configgen.Profile, error) {
	defer a.readingProfile()()
	return a.settings.chooseProfile()
}

// chooseProfile finds the profile that --profile means: a built-in one's name, a file, or auto.
func (s *settings) chooseProfile() (*configgen.Profile, error) {
	profile, err := s.loadProfile()
	if err != nil {
		return nil, err
	}
	if len(profile.Run.Argv) == 0 && len(s.command) == 0 && !s.withoutCommand {
		return nil, usagef("profile %s has no command of its own: give one after \"--\"", profile.Name)
	}
	if !profile.Env.ExportAll {
		return profile, s.refuseExecFlags(profile)
	}
	return profile, nil
}

func (s *settings) loadProfile() (*configgen.Profile, error) {
	if s.profile == profileAuto {
		return configgen.Detect(configgen.Builtins())
	}
	if profile, ok := configgen.Builtin(s.profile); ok {
		return profile, nil
	}
	data, err := secrets.ReadFile(s.profile, maxProfile)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(s.profile, "/.") {
		return nil, s.wrongf("profile", " %q: there is no built-in profile and no file of that name; %s", s.profile, knownProfiles(s.profile))
	}
	if large := (*secrets.TooLargeError)(nil); errors.As(err, &large) {
		return nil, &configgen.Error{Kind: configgen.Usage, Problems: []configgen.Problem{{
			Code: "profile-too-large", What: fmt.Sprintf("%s %s: %v", s.origin("profile"), s.profile, large), Fix: "name a profile of at most that",
		}}}
	}
	if err != nil {
		return nil, s.wrongf("profile", ": %w", err)
	}
	return configgen.Parse(s.profile, data)
}

// refuseExecFlags keeps a flag of exec from being accepted and doing nothing.
func (s *settings) refuseExecFlags(profile *configgen.Profile) error {
	for _, flag := range []string{"prefer-env", "allow-env", "resolve-env", "pristine", "strict"} {
		if s.explicit(flag) {
			return s.wrongf(flag, ": profile %s does not export parameters as variables; this belongs to tsboot exec", profile.Name)
		}
	}
	return nil
}

// knownProfiles names the built-in profiles, and the one that name may be a slip of.
func knownProfiles(name string) string {
	names := profileNames()
	text := "built in are " + strings.Join(names, ", ")
	if near := secrets.Nearest(name, names); near != "" {
		text += "; the nearest is " + near
	}
	return text
}

func profileNames() []string {
	var names []string
	for _, profile := range configgen.Builtins() {
		names = append(names, profile.Name)
	}
	return names
}

func (a *app) profilesCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "profiles [show NAME]",
		Short: "list the built-in profiles, or print one as a start for your own",
		Args:  a.noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, profile := range configgen.Builtins() {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-15s %s\n", profile.Name, profile.Description); err != nil {
					return err
				}
			}
			return nil
		},
	}
	show := &cobra.Command{
		Use:   "show NAME",
		Short: "print a built-in profile",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return profileNames(), cobra.ShellCompDirectiveNoFileComp // read when asked for: every start builds this command
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			data, ok := configgen.Source(args[0])
			if !ok {
				return usagef("no profile %q; %s", args[0], knownProfiles(args[0]))
			}
			_, err := cmd.OutOrStdout().Write(data)
			return err
		},
	}
	list.AddCommand(show)
	return list
}
