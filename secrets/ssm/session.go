package ssm

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/hashicorp/go-hclog"

	"github.com/tsboot/tsboot/secrets"
)

// A session is the state of one fetch: region, credentials, clients, and what was
// asked.
type session struct {
	options Options
	env     environment
	policy  Policy
	log     hclog.Logger
	caller  *caller

	config       aws.Config
	region       string
	regionSource string
	identity     *Identity
	credentials  aws.Credentials
	http         aws.HTTPClient
	clients      map[string]*ssm.Client // by region

	wanted []Ref                     // the references of all sources
	found  map[Ref]secrets.Parameter // nil until the first of them is read
}

func newSession(o Options) *session {
	log := o.Logger
	if log == nil {
		log = hclog.NewNullLogger()
	}
	policy := DefaultPolicy()
	if o.policy != nil {
		policy = *o.policy
	}
	s := &session{
		options: o,
		env:     o.Environ,
		policy:  policy,
		log:     log,
		caller:  newCaller(policy, log, o.Timeout),
		clients: map[string]*ssm.Client{},
	}
	s.caller.env, s.caller.waits = s.env, o.Waits
	return s
}

// open finds region and credentials.
func (s *session) open(ctx context.Context) error {
	defer s.beginSettings()()
	if err := s.env.check(); err != nil {
		return err
	}
	if err := s.nameRegion(); err != nil {
		return err
	}
	if err := s.configure(ctx); err != nil {
		return err
	}
	if s.region == "" {
		if err := s.askRegion(ctx); err != nil {
			return err
		}
		if err := s.configure(ctx); err != nil { // with a region for STS
			return err
		}
	}
	return s.authenticate(ctx)
}

// configure loads the SDK's configuration.
func (s *session) configure(ctx context.Context) error {
	load := s.options.load
	if load == nil {
		load = func(ctx context.Context) (aws.Config, error) {
			return loadConfig(ctx, s.region, s.options.Version, s.policy, sdkLogger(s.log, s.env.clean))
		}
	}
	var err error
	if s.config, err = load(ctx); err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return s.caller.ended(ctx, task{op: "read", resource: "the AWS configuration"}, finding{}, 1)
	}
	e := newError(CodeAWSConfig, "read", "the AWS configuration", s.env.clean(oneLine(err.Error())))
	e.Err = err
	var unknown config.SharedConfigProfileNotExistError
	if errors.As(err, &unknown) {
		e.Detail = fmt.Sprintf("there is no profile %q in the configuration or credentials file", unknown.Profile)
		e.Fix = "correct AWS_PROFILE, or mount the file that has the profile (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE)"
	}
	if url := s.env.get(fullURI); url != "" && strings.Contains(err.Error(), " host") {
		e.Resource = "the AWS configuration, " + fullURI + "=" + shownURL(url)
	}
	return e
}

// authenticate gets credentials before the first call, so that a failure there
// does not look like one of Parameter Store.
func (s *session) authenticate(ctx context.Context) error {
	provider := s.config.Credentials
	if provider == nil {
		provider = aws.AnonymousCredentials{}
	}
	s.config.Credentials = &reporter{provider, s}
	t := task{op: "get", resource: "AWS credentials", action: "credentials", where: "region " + s.region}
	err := s.caller.do(ctx, t, func(ctx context.Context) error {
		_, err := s.config.Credentials.Retrieve(ctx)
		return err
	})
	if err != nil {
		return err
	}
	s.identity = &Identity{Account: s.credentials.AccountID, Provider: providerName(s.credentials.Source, s.env)}
	s.log.Debug("found credentials", "provider", s.identity.Provider, "region", s.region, "region_source", s.regionSource)
	s.identity.InstanceInTask = s.env.inTask() && s.identity.Provider == providerInstance
	if s.identity.InstanceInTask {
		s.log.Warn("using the instance role because the task has no role of its own", "provider", s.identity.Provider)
	}
	return nil
}

// A reporter wraps the SDK's provider of credentials: it marks failures as
// credentialsError and keeps the last credentials.
type reporter struct {
	aws.CredentialsProvider
	session *session
}

// Retrieve gets credentials.
func (r *reporter) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := r.CredentialsProvider.Retrieve(ctx)
	if err == nil && !creds.HasKeys() {
		err = &protocolError{"credentials without keys"}
	}
	if err == nil {
		err = r.session.env.checkKeys(creds)
	}
	if err != nil {
		return creds, &credentialsError{r.session.env, err}
	}
	r.session.credentials = creds
	return creds, nil
}

// renew makes the next attempt use new credentials, if the provider can give some.
// The SDK itself corrects the clock.
func (s *session) renew(code string) bool {
	if code != CodeExpiredToken {
		return true
	}
	r, ok := s.config.Credentials.(*reporter)
	if !ok || !s.credentials.CanExpire {
		return false
	}
	cache, ok := r.CredentialsProvider.(interface{ Invalidate() })
	if ok {
		cache.Invalidate()
	}
	return ok
}

// client is the client for a region. The contexts of its attempts limit them.
func (s *session) client(region string) *ssm.Client {
	if c := s.clients[region]; c != nil {
		return c
	}
	if s.http == nil {
		s.http = s.config.HTTPClient
		if b, ok := s.http.(*awshttp.BuildableClient); ok {
			s.http = b.WithTimeout(0).Freeze()
		}
		s.http = wholeBody{s.http}
	}
	c := ssm.NewFromConfig(s.config, func(o *ssm.Options) {
		o.Region = region
		o.HTTPClient = s.http
	})
	s.clients[region] = c
	return c
}

// where is the region and the credentials of a call, for a message.
func (s *session) where(region string) string {
	text := "region " + region
	if region == s.region && s.regionSource != "" {
		text += " from " + s.regionSource
	}
	if s.identity != nil {
		text += ", credentials from " + s.identity.Provider
	}
	return text
}

// arn is the ARN of a parameter or path as the service sees it, with a star for an
// unknown account.
func (s *session) arn(region, name string) string {
	account := s.credentials.AccountID
	if account == "" {
		account = "*"
	}
	return arn.ARN{Partition: PartitionOf(region), Service: "ssm", Region: region, AccountID: account, Resource: "parameter/" + strings.TrimPrefix(name, "/")}.String()
}

// PartitionOf is the partition of a region, aws for one that is not known.
func PartitionOf(region string) string {
	for prefix, partition := range map[string]string{
		"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
		"us-isof-": "aws-iso-f", "eu-isoe-": "aws-iso-e", "eusc-": "aws-eusc",
	} {
		if strings.HasPrefix(region, prefix) {
			return partition
		}
	}
	return "aws"
}

// close closes idle connections.
func (s *session) close() {
	if c, ok := s.http.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
