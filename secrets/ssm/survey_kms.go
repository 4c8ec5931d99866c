package ssm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Sealed is an encrypted parameter below a path that could not be decrypted.
type Sealed struct {
	FullName string
	ARN      string
	KeyID    string // of Parameter Store: a key's id, ARN or alias; empty if not known
}

// sealedTime and sealedPages limit calls that are only for a message.
const (
	sealedTime  = identityTime
	sealedPages = 20
)

// sealed finds what KMS may have refused, because the answer of KMS names no key:
// the encrypted parameters below a path, which can be listed without
// decryption, and their keys if ssm:DescribeParameters is allowed. It returns
// what it could find.
func sealed(ctx context.Context, o Options, path string) []Sealed {
	s := newSession(o)
	ctx, cancel := context.WithTimeout(ctx, sealedTime)
	defer cancel()
	if err := s.open(ctx); err != nil {
		return nil
	}
	defer s.close()
	list := s.listSealed(ctx, path)
	keys := map[string]string{}
	if len(list) > 0 {
		keys = s.keysBelow(ctx, path)
	}
	for i := range list {
		list[i].KeyID = keys[list[i].FullName]
	}
	return list
}

func (s *session) listSealed(ctx context.Context, path string) (list []Sealed) {
	pages := ssm.NewGetParametersByPathPaginator(s.client(s.region), &ssm.GetParametersByPathInput{
		Path: aws.String(path), Recursive: aws.Bool(true), MaxResults: aws.Int32(pageSize),
	})
	for n := 0; n < sealedPages && pages.HasMorePages(); n++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return list
		}
		for _, p := range page.Parameters {
			if p.Type == types.ParameterTypeSecureString {
				list = append(list, Sealed{FullName: aws.ToString(p.Name), ARN: aws.ToString(p.ARN)})
			}
		}
	}
	return list
}

func (s *session) keysBelow(ctx context.Context, path string) map[string]string {
	keys := map[string]string{}
	pages := ssm.NewDescribeParametersPaginator(s.client(s.region), &ssm.DescribeParametersInput{
		MaxResults: aws.Int32(50),
		ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Path"), Option: aws.String("Recursive"), Values: []string{path}},
		},
	})
	for n := 0; n < sealedPages && pages.HasMorePages(); n++ {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return keys
		}
		for _, p := range page.Parameters {
			keys[aws.ToString(p.Name)] = aws.ToString(p.KeyId)
		}
	}
	return keys
}
