package boot

import (
	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// A Deployment is what a boot on another machine is asked to do.
type Deployment struct {
	Profile *profile.Profile
	Set     map[string]string // the values of --set, by the parameter's name
	Policy  *ssm.IAMPolicy    // what the task may read; nil: nothing is read from AWS
}

// Deployment reads the profile and makes the policy. It asks neither AWS nor the environment: the agent is not on this
// machine, and the variables that --resolve-env looks at are not those of this process.
func (o *Options) Deployment(p PolicyOptions) (*Deployment, error) {
	if err := o.Validate(Problems{}).First(); err != nil {
		return nil, err
	}
	if o.Profile == ProfileAuto || o.Profile == "" {
		return nil, Usagef("the agent is not on this machine: name its profile with --profile, or give a command after \"--\"; %s", KnownProfiles(""))
	}
	chosen, err := o.chooseProfile()
	if err != nil {
		return nil, err
	}
	d := &Deployment{Profile: chosen}
	if d.Set, err = o.setValues(chosen); err != nil {
		return nil, err
	}
	elsewhere := &Boot{options: *o}
	sources, err := elsewhere.namedSources(chosen)
	if err != nil {
		return nil, err
	}
	if err := o.validateAccount(p.Account); err != nil {
		return nil, err
	}
	policy, err := ssm.LeastPrivilege(sources, ssm.IAMOptions{
		Region: o.Sources.Region, RegionFrom: o.Given.Name("region"), Account: p.Account, Keys: p.Keys,
	})
	if err != nil {
		return nil, elsewhere.blameKey(err)
	}
	if ssm.AsksAWS(sources) {
		d.Policy = policy
	}
	return d, nil
}

// setValues are the values of --set, which are not secret: SetLayer refuses one that is.
func (o *Options) setValues(p *profile.Profile) (map[string]string, error) {
	layer, err := configgen.SetLayer(p, o.Given.Name("set"), o.Sources.Set)
	values := make(map[string]string, len(layer.Parameters))
	for _, given := range layer.Parameters {
		values[given.Name] = given.Value.Reveal()
	}
	return values, err
}
