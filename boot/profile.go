package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// maxProfile is the largest profile file that is read. The largest built-in one has 4 KiB.
const maxProfile = 1 << 20

// chooseProfile is Options.chooseProfile; it may hang, so it is part of the activity.
func (b *Boot) chooseProfile() (*profile.Profile, error) {
	defer b.readingProfile()()
	return b.options.chooseProfile()
}

// chooseProfile finds the profile that --profile means: a built-in one's name, a file, or auto.
func (o *Options) chooseProfile() (*profile.Profile, error) {
	chosen, err := o.loadProfile()
	if err != nil {
		return nil, err
	}
	if len(chosen.Run.Argv) == 0 && len(o.Command) == 0 && !o.NoCommand {
		return nil, Usagef("profile %s has no command of its own: give one after \"--\"", chosen.Name)
	}
	if !chosen.Env.ExportAll {
		return chosen, o.refuseExecFlags(chosen)
	}
	return chosen, nil
}

// whyProfile says what chose the profile.
func (o *Options) whyProfile(chosen *profile.Profile) string {
	switch {
	case o.Profile == ProfileAuto:
		return "detected by " + joinAnd(chosen.Detect)
	case o.Given.Has("profile"):
		return "by " + o.Given.Name("profile")
	}
	return "for a command without --profile"
}

func (o *Options) loadProfile() (*profile.Profile, error) {
	if o.Profile == ProfileAuto {
		return profile.Detect()
	}
	return readProfile(o.Given.Origin("profile"), o.Profile)
}

// readProfile reads a built-in profile or a file. from is what named it, for messages.
func readProfile(from, name string) (*profile.Profile, error) {
	if builtin, ok := profile.Builtin(name); ok {
		return builtin, nil
	}
	data, err := secrets.ReadFile(name, maxProfile)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "/.") {
		return nil, Usagef("%s %q: there is no built-in profile and no file of that name; %s", from, name, KnownProfiles(name))
	}
	if large := (*secrets.TooLargeError)(nil); errors.As(err, &large) {
		return nil, &configgen.Error{Kind: configgen.Usage, Problems: []configgen.Problem{{
			Code: "profile-too-large", What: fmt.Sprintf("%s %s: %v", from, name, large), Fix: "name a profile of at most that",
		}}}
	}
	if err != nil {
		return nil, Usagef("%s: %w", from, err)
	}
	return profile.Parse(name, data)
}

// refuseExecFlags refuses a flag of exec with a profile for which it would do nothing.
func (o *Options) refuseExecFlags(chosen *profile.Profile) error {
	for _, flag := range []string{"prefer-env", "allow-env", "resolve-env", "pristine", "strict"} {
		if o.Given.Has(flag) {
			return o.Given.Wrongf(flag, ": profile %s does not export parameters as variables; this belongs to tsboot exec", chosen.Name)
		}
	}
	return nil
}

// KnownProfiles is the end of a message about an unknown profile: it lists the built-in ones and names the nearest.
func KnownProfiles(name string) string {
	names := profile.BuiltinNames()
	return "built in are " + strings.Join(names, ", ") + nearest(name, names)
}
