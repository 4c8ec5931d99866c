package ssm

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	"github.com/hashicorp/go-hclog"
)

// indirectTimeout limits requests that the SDK makes by itself (STS for a web
// identity, SSO). The contexts of the caller do not end them.
const indirectTimeout = 20 * time.Second

// loadConfig is the SDK's configuration without its retries: package ssm makes
// them, of credentials and of calls, by one Policy. The endpoints on this host
// have clients of their own, which use no proxy.
func loadConfig(ctx context.Context, region, version string, policy Policy, log logging.Logger) (aws.Config, error) {
	local := newLocalClient(policy)
	never := func() aws.Retryer { return aws.NopRetryer{} }
	agent := awsmiddleware.AddUserAgentKeyValue("tsboot", userAgentVersion(version))
	instance, identity := &instanceClient{}, &webIdentityClient{}
	config, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(region),
		config.WithHTTPClient(newHTTPClient().WithTimeout(indirectTimeout)),
		config.WithRetryer(never),
		config.WithLogger(log),
		config.WithAPIOptions([]func(*middleware.Stack) error{agent, observe("")}),
		config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) {
			o.HTTPClient, o.Retryer = local, aws.NopRetryer{}
			o.APIOptions = []func(*middleware.Stack) error{agent, observe(serviceCredentials)}
		}),
		config.WithEC2RoleCredentialOptions(func(o *ec2rolecreds.Options) { o.Client = instance }),
		config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) { o.Client = identity }),
	)
	instance.config, identity.config = config, config
	return config, err
}

func userAgentVersion(version string) string {
	if version == "" {
		return "devel"
	}
	return version
}

// newHTTPClient is the SDK's client, which adds AWS_CA_BUNDLE. It speaks HTTP/1.1
// only: over HTTP/2 all tries would share one connection, also one that hangs.
func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.ForceAttemptHTTP2 = false
		t.MaxResponseHeaderBytes = maxHeader
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		t.Proxy = proxyOf
		t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &proxyError{"the proxy answered " + res.Status}
			}
			return nil
		}
	})
}

// direct makes a transport for endpoints on this host.
func direct(t *http.Transport) {
	t.Proxy = nil
	t.DisableKeepAlives = true
	t.MaxResponseHeaderBytes = maxHeader
}

// newIMDSClient is a client of the instance metadata service without a proxy and
// without retries; it takes about a second. The SDK's variables and
// configuration file say where the service is and whether it may be asked.
func newIMDSClient(config aws.Config) *imds.Client {
	return imds.NewFromConfig(config, func(o *imds.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(direct)
		o.Retryer = aws.NopRetryer{}
		o.APIOptions = []func(*middleware.Stack) error{observe(serviceInstance)}
	})
}

// An instanceClient is the SDK's client of the instance metadata service for
// the role's credentials. It is made at its first use: the configuration that it
// needs is complete only after the chain of credentials.
type instanceClient struct {
	config aws.Config
	client *imds.Client
	once   sync.Once
}

// GetMetadata reads one entry.
func (c *instanceClient) GetMetadata(ctx context.Context, in *imds.GetMetadataInput, options ...func(*imds.Options)) (*imds.GetMetadataOutput, error) {
	c.once.Do(func() { c.client = newIMDSClient(c.config) })
	return c.client.GetMetadata(ctx, in, options...)
}

// A webIdentityClient is the SDK's client of STS for a web identity, with whole
// bodies. It is made at its first use, like the instanceClient.
type webIdentityClient struct {
	config aws.Config
	client *sts.Client
	once   sync.Once
}

// AssumeRoleWithWebIdentity gets credentials for a token.
func (c *webIdentityClient) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, options ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	c.once.Do(func() {
		c.client = sts.NewFromConfig(c.config, func(o *sts.Options) { o.HTTPClient = wholeBody{c.config.HTTPClient} })
	})
	return c.client.AssumeRoleWithWebIdentity(ctx, in, options...)
}

// A localClient limits the time of an endpoint on this host. The limit grows if
// the endpoint is slow. The context of the caller does not end such a request:
// the SDK's cache of credentials makes it under a context of its own.
type localClient struct {
	policy    Policy
	transport *http.Transport
	tooLong   atomic.Int32
}

func newLocalClient(policy Policy) *localClient {
	return &localClient{policy: policy, transport: awshttp.NewBuildableClient().WithTransportOptions(direct).GetTransport()}
}

// Do makes one request.
func (c *localClient) Do(r *http.Request) (*http.Response, error) {
	client := http.Client{
		Transport:     c.transport,
		Timeout:       c.policy.AttemptTime(int(c.tooLong.Load()), -1) / 2,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.tooLong.Add(1)
	}
	return resp, err
}

// sdkLogger logs the SDK's messages at trace. The SDK is never asked to log
// requests or answers.
func sdkLogger(log hclog.Logger, clean func(string) string) logging.Logger {
	return logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
		if log.IsTrace() {
			log.Trace("sdk says", "text", clean(fmt.Sprintf(format, v...)))
		}
	})
}
