package ssm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tsboot/tsboot/secrets"
)

// pageSize is the limit of Parameter Store for one page and for one list of names.
const pageSize = 10

// maxEmptyPages is how many empty pages with a token may follow each other.
const maxEmptyPages = 100

// maxRestarts is how often a listing starts again because the service no longer
// knows its token.
const maxRestarts = 2

// readPath reads all parameters below a path.
func (s *session) readPath(ctx context.Context, path, label string) (secrets.Layer, error) {
	list, err := s.list(ctx, path, label)
	if err != nil {
		return secrets.Layer{}, err
	}
	if len(list) == 0 {
		return secrets.Layer{}, s.emptyPath(ctx, path, label)
	}
	list = newest(list)
	parameters := make([]secrets.Parameter, len(list))
	for i, p := range list {
		parameters[i] = parameterOf(p, secrets.NormalizeName(strings.TrimPrefix(aws.ToString(p.Name), path)))
	}
	return secrets.NewLayer(pathOrigin(path), parameters)
}

// newest keeps one of each full name. A listing is not a snapshot: a parameter
// that is written during the read can come twice, in two versions.
func newest(list []types.Parameter) []types.Parameter {
	at := make(map[string]int, len(list))
	kept := make([]types.Parameter, 0, len(list))
	for _, p := range list {
		name := aws.ToString(p.Name)
		i, twice := at[name]
		switch {
		case !twice:
			at[name] = len(kept)
			kept = append(kept, p)
		case p.Version > kept[i].Version:
			kept[i] = p
		}
	}
	return kept
}

// list reads the pages. It starts again if the service no longer knows a token.
func (s *session) list(ctx context.Context, path, label string) ([]types.Parameter, error) {
	for restart := 0; ; restart++ {
		list, err := s.listOnce(ctx, path, label)
		var e *secrets.Error
		if restart < maxRestarts && errors.As(err, &e) && e.Code == CodeInvalidNextToken {
			s.log.Info("reading the path again from its start", "path", path, "code", e.Code)
			continue
		}
		return list, err
	}
}

func (s *session) listOnce(ctx context.Context, path, label string) ([]types.Parameter, error) {
	in := &ssm.GetParametersByPathInput{
		Path:           aws.String(path),
		Recursive:      aws.Bool(true),
		WithDecryption: aws.Bool(true),
		MaxResults:     aws.Int32(pageSize),
	}
	if label != "" {
		in.ParameterFilters = []types.ParameterStringFilter{{Key: aws.String("Label"), Option: aws.String("Equals"), Values: []string{label}}}
	}
	var list []types.Parameter
	tokens := map[string]bool{}
	size := 0
	for empty := 0; ; {
		out, err := s.page(ctx, path, len(tokens)+1, in)
		if err != nil {
			return nil, err
		}
		for _, p := range out.Parameters {
			size += len(aws.ToString(p.Name)) + len(aws.ToString(p.ARN)) + len(aws.ToString(p.Value))
		}
		if size > secrets.MaxListing {
			return nil, newError(CodeAnswerTooLarge, "read parameters", "below "+path+" ("+s.where(s.region)+")",
				(&secrets.TooLargeError{Resource: "what is there", Limit: secrets.MaxListing}).Error())
		}
		list = append(list, out.Parameters...)
		token := aws.ToString(out.NextToken)
		if token == "" {
			return list, nil
		}
		if empty++; len(out.Parameters) > 0 {
			empty = 0
		}
		if tokens[token] || empty > maxEmptyPages {
			detail := fmt.Sprintf("the token of a page came again after %d parameters", len(list))
			if empty > maxEmptyPages {
				detail = fmt.Sprintf("%d empty pages in a row after %d parameters", empty, len(list))
			}
			return nil, newError(CodeEndlessPagination, "read parameters", "below "+path+" ("+s.where(s.region)+")", detail)
		}
		tokens[token] = true
		in.NextToken = aws.String(token)
	}
}

// page makes one call of GetParametersByPath, for the page with that number.
func (s *session) page(ctx context.Context, path string, number int, in *ssm.GetParametersByPathInput) (out *ssm.GetParametersByPathOutput, err error) {
	t := task{
		op: "read parameters", resource: "below " + path,
		action: "ssm:GetParametersByPath", arn: s.arn(s.region, path),
		where: s.where(s.region), renew: s.renew, page: number,
	}
	err = s.caller.do(ctx, t, func(ctx context.Context) error {
		if out, err = s.client(s.region).GetParametersByPath(ctx, in); err != nil {
			return err
		}
		if out.Parameters == nil && out.NextToken == nil {
			return &protocolError{"an answer without parameters and token"}
		}
		return whole(out.Parameters)
	})
	return out, err
}

// whole refuses parameters without a name or a value.
func whole(list []types.Parameter) error {
	for _, p := range list {
		switch {
		case aws.ToString(p.Name) == "":
			return &protocolError{"a parameter without a name"}
		case p.Value == nil:
			return &protocolError{"parameter " + aws.ToString(p.Name) + " without a value"}
		}
	}
	return nil
}

// parameterOf converts a parameter of the SDK.
func parameterOf(p types.Parameter, name string) secrets.Parameter {
	return secrets.Parameter{
		Name:         name,
		FullName:     aws.ToString(p.Name),
		Value:        secrets.NewValue(*p.Value),
		Type:         string(p.Type),
		Version:      p.Version,
		LastModified: aws.ToTime(p.LastModifiedDate),
		ARN:          aws.ToString(p.ARN),
	}
}

// emptyPath is the error for a path with nothing below it. The answer for a wrong
// region or account is the same, so the message names both.
func (s *session) emptyPath(ctx context.Context, path, label string) error {
	detail := "nothing is there"
	if label != "" {
		detail = fmt.Sprintf("no parameter there has a version with the label %q", label)
	}
	if id := s.whoami(ctx); id.Account != "" {
		detail += ", in account " + id.Account
	}
	e := newError(CodeEmptyPath, "read parameters", "below "+path+" ("+s.where(s.region)+")", detail)
	if path == "/" {
		return e
	}
	e.Fix = "check the path, the region and the account; if it is itself a parameter, write --ssm-parameter " + path
	return e
}
