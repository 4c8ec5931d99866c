package ssm

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// instanceRegion asks the instance metadata service.
func (s *session) instanceRegion(ctx context.Context) (string, error) {
	if s.env.noInstanceMetadata() {
		return "", &protocolError{"AWS_EC2_METADATA_DISABLED is true"}
	}
	client := newIMDSClient(s.config)
	t := task{op: "read", resource: "instance metadata", action: "instance-metadata", end: time.Now().Add(metadataTime)}
	var region string
	err := s.caller.do(ctx, t, func(ctx context.Context) error {
		out, err := client.GetRegion(ctx, &imds.GetRegionInput{})
		if err != nil {
			if _, large := tooLarge(err); large {
				return err
			}
			return &protocolError{instanceAnswer(err)}
		}
		region = out.Region
		return nil
	})
	return region, err
}

// instanceAnswer says why the instance named no region.
func instanceAnswer(err error) string {
	if status := httpStatus(err); status != 0 {
		return httpText(status)
	}
	return diagnoseNetwork(err).detail
}

// loadSettings loads the SDK's configuration without looking for a region.
func (s *session) loadSettings(ctx context.Context) error {
	defer s.beginSettings()()
	if err := s.env.check(); err != nil {
		return err
	}
	return s.configure(ctx)
}

// instanceID asks for the id of the instance once.
func instanceID(ctx context.Context, client *imds.Client) (string, error) {
	out, err := client.GetMetadata(ctx, &imds.GetMetadataInput{Path: "instance-id"})
	if err != nil {
		return "", err
	}
	defer out.Content.Close()
	body, err := io.ReadAll(out.Content)
	if err != nil {
		return "", err
	}
	const most = 64
	id := strings.TrimSpace(string(body))
	if id == "" || len(id) > most || strings.ContainsFunc(id, func(r rune) bool { return r != '-' && !isLetterOrDigit(r) }) {
		return "", &protocolError{"an answer that is not the id of an instance"}
	}
	return id, nil
}
