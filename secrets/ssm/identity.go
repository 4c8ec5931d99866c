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

// An Identity is the principal that AWS sees.
type Identity struct {
	ARN      string // of a Survey, if STS has answered; else empty
	Account  string // empty if neither the credentials nor STS name it
	Provider string // "task role", "instance role", "environment", ...

	// InstanceInTask: tsboot runs in an ECS task that has no role, with the role
	// of the instance.
	InstanceInTask bool
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
	case source == endpointcreds.ProviderName && env.get(relativeURI) != "":
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

// identityTime limits a call of STS that is only for a message.
const identityTime = 3 * time.Second

// askSTS completes the identity.
func (s *session) askSTS(ctx context.Context) error {
	client := sts.NewFromConfig(s.config, func(o *sts.Options) { o.HTTPClient = wholeBody{s.config.HTTPClient} })
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	s.identity.ARN, s.identity.Account = aws.ToString(out.Arn), aws.ToString(out.Account)
	return nil
}

// whoami completes the identity if STS answers in time. With an emulator of
// Parameter Store the real STS is not asked.
func (s *session) whoami(ctx context.Context) Identity {
	if s.identity.Account == "" && !s.emulated() {
		ctx, cancel := context.WithTimeout(ctx, identityTime)
		defer cancel()
		if err := s.askSTS(ctx); err != nil {
			s.log.Debug("sts did not name the identity", "detail", s.caller.classify(err).detail)
		}
	}
	return *s.identity
}
