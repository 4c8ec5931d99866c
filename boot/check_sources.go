package boot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tsboot/tsboot/configgen"
	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// sources reads each source by itself.
func (c *checker) sources(ctx context.Context, sound bool) {
	profile := c.profile
	if profile == nil {
		profile = &configgen.Profile{}
	}
	c.survey = &ssm.Survey{}
	sources, err := c.namedSources(profile)
	switch {
	case !sound, c.profile == nil && c.options.Sources.Fetch == FetchByName:
		c.failed = true
		return
	case err != nil:
		c.failed = true
		c.fail("sources", err)
		return
	}
	for _, name := range c.nearReferences() {
		c.warn("near-reference", "variable "+name+" looks like a reference and is not one: it is passed on as it is", EntryOf("near-reference").Do)
	}
	options := c.fetchOptions()
	options.Timeout = c.timeout()
	c.survey = ssm.LookAt(ctx, options, sources)
	if ctx.Err() != nil {
		return
	}
	c.identity()
	if c.survey.Err != nil {
		c.fail("sources", c.survey.Err)
	}
	for _, source := range c.survey.Sources {
		c.source(source)
	}
	if err := checkVariables(c.survey.Variables()); err != nil {
		c.fail("sources", err)
	}
	c.outage(profile)
}

// outage: with --on-fetch-failure use-existing a boot goes on where the files of an earlier one are all there.
func (c *checker) outage(profile *configgen.Profile) {
	problems := c.report.Problems
	if c.options.Sources.OnFailure != UseExistingOnFailure || len(problems) == 0 || problems[0].Kind != Unavailable {
		return
	}
	existing, err := profile.ResolveExisting([]secrets.Layer{profile.EnvLayer(c.environ), c.set})
	if err == nil {
		_, err = existing.Existing(owner(c.owner))
	}
	if err == nil {
		err = c.unresolved()
	}
	if err != nil {
		problems[0].What += "; and the files of an earlier boot cannot be used: " + err.Error()
		return
	}
	c.report.Problems = slices.DeleteFunc(problems, func(p Problem) bool {
		if p.Kind != Unavailable {
			return false
		}
		p.Kind = None
		p.What += "; until then a boot runs on the files of an earlier one"
		c.report.Warnings = append(c.report.Warnings, p)
		return true
	})
}

func (c *checker) identity() {
	v := c.survey
	if v.Region != "" {
		c.report.Region = &regionReport{v.Region, v.RegionSource}
	}
	if v.Identity == nil {
		return
	}
	c.report.Identity = &identityReport{v.Identity.ARN, v.Identity.Account, v.Identity.Provider, v.Unnamed}
	if v.Identity.InstanceInTask {
		c.warn("instance-role", "this is an ECS task, and the credentials are those of the instance's role: the task has none of its own",
			"set taskRoleArn in the task definition; with host networking also ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true on the ECS agent")
	}
}

func (c *checker) source(source ssm.Reading) {
	row := sourceReport{Kind: string(source.Kind()), Name: source.Name(), State: sourceRead, Parameters: len(source.Parameters), Retries: source.Retries}
	switch {
	case !source.Asked:
		row.State, c.failed = sourceNotAsked, true
	case source.Err != nil:
		row.State, c.failed = sourceFailed, true
		c.fail("sources", c.options.Given.blameDir(source.Err))
		row.Code = c.report.Problems[len(c.report.Problems)-1].Code
		c.explainKMS(source)
	}
	for _, d := range source.Dangling {
		c.warn("dangling-link", fmt.Sprintf("%s, a link to %s, is passed over: %s", d.Path, d.Target, d.Reason), EntryOf("dangling-link").Do)
	}
	c.report.Sources = append(c.report.Sources, row)
}

// explainKMS adds what KMS left out of its refusal: which parameters, which keys, and the statement for them.
func (c *checker) explainKMS(source ssm.Reading) {
	var e *secrets.Error
	if !errors.As(source.Err, &e) || e.Code != ssm.CodeKMSAccessDenied || e.ARN != "" {
		return
	}
	p := &c.report.Problems[len(c.report.Problems)-1]
	keys, names := sealedKeys(source.Sealed)
	if len(names) > 0 {
		p.What += "; encrypted there: " + joinSome(names)
	}
	switch {
	case len(source.Sealed) > 0 && len(keys) == 0:
		p.Fix = "these parameters use the key aws/ssm, which every role of its own account may use by way of Parameter Store: look for a policy of the organization, of a VPC endpoint or of a session that denies kms:Decrypt"
		return
	case len(keys) == 0 || slices.Contains(keys, ssm.PlaceholderKey):
		p.Fix += fmt.Sprintf("; to see the key: aws ssm describe-parameters --parameter-filters Key=Path,Option=Recursive,Values=%s --query 'Parameters[].[Name,KeyId]'", source.Name())
		keys = []string{ssm.PlaceholderKey}
	default:
		p.Fix = "allow kms:Decrypt on " + joinAnd(keys) + " in the policy of that identity and in the key's"
	}
	p.Allow = c.decryption(source, keys)
}

// sealedKeys are the keys of one's own, and the names of what they encrypt.
func sealedKeys(sealed []ssm.Sealed) (keys, names []string) {
	for _, s := range sealed {
		key := s.KeyID
		if key == "" {
			key = ssm.PlaceholderKey
		}
		if strings.HasPrefix(key, "alias/aws/") {
			continue
		}
		names = append(names, s.FullName)
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys, names
}

// decryption is the part of the policy for a source that lets keys decrypt.
func (c *checker) decryption(source ssm.Reading, keys []string) []ssm.IAMStatement {
	options := ssm.IAMOptions{Region: c.survey.Region, Keys: keys}
	if c.survey.Identity != nil {
		options.Account = c.survey.Identity.Account
	}
	policy, err := ssm.LeastPrivilege([]ssm.Source{source}, options)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(policy.Statement, func(s ssm.IAMStatement) bool { return !slices.Contains(s.Action, "kms:Decrypt") })
}

// joinSome lists the first few and says how many more there are.
func joinSome(names []string) string {
	const most = 5
	if len(names) <= most {
		return joinAnd(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func joinAnd(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
