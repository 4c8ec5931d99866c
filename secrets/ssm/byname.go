package ssm

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tsboot/tsboot/secrets"
)

// readNames reads the named parameters below a path, ten a call. One that does not
// exist is left out.
func (s *session) readNames(ctx context.Context, path string, names []string) (secrets.Layer, error) {
	prefix := strings.TrimSuffix(path, "/") + "/"
	refs := make([]Ref, 0, len(names))
	for _, name := range names {
		refs = append(refs, Ref{Name: secrets.NormalizeName(name), ID: prefix + strings.TrimPrefix(name, "/")})
	}
	found, err := s.getAll(ctx, s.region, refs)
	if err != nil {
		return secrets.Layer{}, err
	}
	var parameters []secrets.Parameter
	for _, r := range refs {
		if p, ok := found[r.ID]; ok {
			parameters = append(parameters, parameterOf(p, r.Name))
			delete(found, r.ID) // a name may be listed twice
		}
	}
	if len(parameters) == 0 {
		return secrets.Layer{}, s.emptyPath(ctx, path, "")
	}
	return secrets.NewLayer(pathOrigin(path), parameters)
}

// reference is the parameter of one reference. The first call reads those of all
// sources of the fetch.
func (s *session) reference(ctx context.Context, r Ref) (secrets.Parameter, error) {
	if s.found == nil {
		list, err := s.readRefs(ctx, s.wanted)
		if err != nil {
			return secrets.Parameter{}, err
		}
		s.found = make(map[Ref]secrets.Parameter, len(list))
		for i, p := range list {
			s.found[s.wanted[i]] = p
		}
	}
	return s.found[r], nil
}

// readRefs reads single parameters, each in its region, and returns them in the
// order of the references. If some do not exist, the error names all of them.
func (s *session) readRefs(ctx context.Context, refs []Ref) ([]secrets.Parameter, error) {
	byRegion := map[string][]Ref{}
	var regions []string
	for _, r := range refs {
		region := s.regionOf(r)
		if byRegion[region] == nil {
			regions = append(regions, region)
		}
		byRegion[region] = append(byRegion[region], r)
	}
	found := map[string]types.Parameter{} // an ID is of one region
	for _, region := range regions {
		some, err := s.getAll(ctx, region, byRegion[region])
		if err != nil {
			return nil, err
		}
		maps.Copy(found, some)
	}
	return s.pick(refs, found)
}

func (s *session) regionOf(r Ref) string {
	if r.Region != "" {
		return r.Region
	}
	return s.region
}

// pick takes the values of the references from what was found.
func (s *session) pick(refs []Ref, found map[string]types.Parameter) ([]secrets.Parameter, error) {
	list := make([]secrets.Parameter, 0, len(refs))
	var missing []string
	where := s.region
	for _, r := range refs {
		p, ok := found[r.ID]
		if !ok {
			missing, where = append(missing, r.label()), s.regionOf(r)
			continue
		}
		parameter := parameterOf(p, r.Name)
		parameter.FullName = r.String()
		if r.Key != "" {
			value, err := secrets.JSONKey(parameter.Value.Reveal(), r.Key, r.label())
			if err != nil {
				return nil, err
			}
			parameter.Value = secrets.NewValue(value)
		}
		list = append(list, parameter)
	}
	if len(missing) > 0 {
		return nil, newError(CodeNotFound, "read", strings.Join(missing, ", ")+" ("+s.where(where)+")", "no such parameter")
	}
	return list, nil
}

// getAll reads each ID once and returns those that exist.
func (s *session) getAll(ctx context.Context, region string, refs []Ref) (map[string]types.Parameter, error) {
	found := map[string]types.Parameter{}
	for _, batch := range batches(refs) {
		out, err := s.get(ctx, region, batch)
		if err != nil {
			return nil, err
		}
		match(found, batch, out.Parameters)
	}
	return found, nil
}

// batches splits references into calls of ten, each ID once. No call has a
// parameter twice, by version, label, ARN or name: Parameter Store refuses that,
// and an answer is matched to its reference by the name.
func batches(refs []Ref) [][]Ref {
	var list [][]Ref
	var names []map[string]bool // of each call
	asked := map[string]bool{}
	for _, r := range refs {
		if asked[r.ID] {
			continue
		}
		asked[r.ID] = true
		name := bareName(r.ID)
		i := 0
		for i < len(list) && (len(list[i]) >= pageSize || names[i][name]) {
			i++
		}
		if i == len(list) {
			list, names = append(list, nil), append(names, map[string]bool{})
		}
		list[i] = append(list[i], r)
		names[i][name] = true
	}
	return list
}

// bareName is the parameter's name without ARN, version or label, and without the
// leading slash, which an ARN does not show. Parameters of two accounts may have
// the same: they go into different calls.
func bareName(id string) string {
	if a, err := arn.Parse(id); err == nil {
		id = strings.TrimPrefix(a.Resource, "parameter")
	}
	id, _, _ = strings.Cut(id, ":")
	return strings.TrimPrefix(id, "/")
}

// match finds the answer of each reference. An answer has the stored name, or the
// ARN if another account owns the parameter, with or without the version.
func match(found map[string]types.Parameter, batch []Ref, answers []types.Parameter) {
	for _, p := range answers {
		for _, r := range batch {
			if bareName(aws.ToString(p.Name)) == bareName(r.ID) {
				found[r.ID] = p
			}
		}
	}
}

// get makes one call of GetParameters.
func (s *session) get(ctx context.Context, region string, batch []Ref) (out *ssm.GetParametersOutput, err error) {
	ids, labels := make([]string, len(batch)), make([]string, len(batch))
	for i, r := range batch {
		ids[i], labels[i] = r.ID, r.label()
	}
	t := task{
		op: "read", resource: strings.Join(labels, ", "),
		action: "ssm:GetParameters", arn: s.resourceOf(region, batch[0]),
		where: s.where(region), renew: s.renew,
	}
	err = s.caller.do(ctx, t, func(ctx context.Context) error {
		out, err = s.client(region).GetParameters(ctx, &ssm.GetParametersInput{Names: ids, WithDecryption: aws.Bool(true)})
		if err != nil {
			return err
		}
		if out.Parameters == nil && out.InvalidParameters == nil {
			return &protocolError{"an answer without parameters"}
		}
		return whole(out.Parameters)
	})
	return out, err
}

// resourceOf is the ARN that IAM checks for a reference.
func (s *session) resourceOf(region string, r Ref) string {
	if base := r.base(); arn.IsARN(base) {
		return base
	}
	return s.arn(region, r.base())
}
