package ssm

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// An Identity is who AWS takes us for.
type Identity struct {
	ARN      string // known after Identify only
	Account  string // empty when neither credentials nor STS told
	Provider string // "task role", "instance role", "environment", ...
}

// Providers of credentials as messages name them.
const (
	providerTask        = "task role"
	providerEndpoint    = "container credentials endpoint"
	providerInstance    = "instance role"
	providerEnvironment = "environment"
	providerWebIdentity = "web identity"
)

// providerName translates the SDK's word for where credentials came from.
func providerName(source string, env environment) string {
	switch {
	case source == endpointcreds.ProviderName && env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "":
		return providerTask
	case source == endpointcreds.ProviderName:
		return providerEndpoint
	case source == ec2rolecreds.ProviderName:
		return providerInstance
	case source == config.CredentialsSourceName:
		return providerEnvironment
	case source == stscreds.WebIdentityProviderName:
		return providerWebIdentity
	case strings.HasPrefix(source, "SharedConfigCredentials"):
		return "shared config file"
	}
	return source
}

// identityTime bounds a question to STS that is only for a message.
const identityTime = 3 * time.Second

// Identify finds region and credentials as Fetch does and asks STS who they
// are; it reads no parameter.
func Identify(ctx context.Context, o Options) (*Result, error) {
	s := newSession(o)
	ctx, cancel := s.caller.context(ctx)
	defer cancel()
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	defer s.close()
	t := task{op: "ask", resource: "STS who we are", action: "sts:GetCallerIdentity", where: s.where(s.region), renew: s.renew}
	if err := s.caller.do(ctx, t, s.askSTS); err != nil {
		return nil, err
	}
	return &Result{Region: s.region, RegionSource: s.regionSource, Identity: s.identity, Elapsed: time.Since(s.caller.start)}, nil
}

func (s *session) askSTS(ctx context.Context) error {
	client := sts.NewFromConfig(s.config, func(o *sts.Options) { o.HTTPClient = wholeBody{s.config.HTTPClient} })
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	s.identity.ARN, s.identity.Account = aws.ToString(out.Arn), aws.ToString(out.Account)
	return nil
}

// whoami makes the identity as complete as it can in a moment. A program that
// is pointed at an emulator of Parameter Store does not ask the real STS.
func (s *session) whoami(ctx context.Context) Identity {
	if s.identity.Account == "" && !s.emulated() {
		ctx, cancel := context.WithTimeout(ctx, identityTime)
		defer cancel()
		if err := s.askSTS(ctx); err != nil {
			s.log.Debug("sts does not say who we are", "detail", s.caller.classify(err).detail)
		}
	}
	return *s.identity
}
