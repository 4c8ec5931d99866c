package ssm

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// optionsAt reach an endpoint that is not a store.
func optionsAt(endpoint string, transport ...func(*http.Transport)) Options {
	o := options(secretstest.New())
	load := o.load
	o.load = func(ctx context.Context) (aws.Config, error) {
		cfg, err := load(ctx)
		cfg.BaseEndpoint = aws.String(endpoint)
		cfg.HTTPClient = newHTTPClient().WithTransportOptions(transport...)
		return cfg, err
	}
	return o
}

// freeAddress is one where nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// unresolved dials as if no name were known; a real look-up would depend on the
// machine's resolver.
func unresolved(tr *http.Transport) {
	tr.DialContext = func(_ context.Context, network, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
}

func tlsServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	secure := tlsServer(t, secretstest.New())
	plain := store(t)
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusProxyAuthRequired)
	}))
	t.Cleanup(refusing.Close)
	via := func(proxy string) func(*http.Transport) {
		return func(tr *http.Transport) {
			tr.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy) }
		}
	}
	for _, test := range []struct {
		name    string
		options Options
		code    string
		words   []string
	}{
		{"refused", optionsAt("http://" + freeAddress(t)), CodeConnectRefused, []string{"connection refused by 127.0.0.1:"}},
		{"no such host", optionsAt("https://ssm.nowhere.invalid", unresolved), CodeDNS, []string{"ssm.nowhere.invalid"}},
		{"unknown authority", optionsAt(secure.URL), CodeTLS, []string{"authority that is not known", "AWS_CA_BUNDLE"}},
		{"not TLS", optionsAt("https://" + plain.URL()[len("http://"):]), CodeTLS, []string{"does not speak TLS"}},
		{"proxy down", optionsAt("https://ssm.us-east-1.amazonaws.com", via("http://"+freeAddress(t))), CodeProxy, []string{"connection refused"}},
		{"proxy is no URL", optionsAt("https://ssm.us-east-1.amazonaws.com", func(tr *http.Transport) {
			tr.Proxy = func(*http.Request) (*url.URL, error) { return nil, &proxyError{"HTTPS_PROXY is no URL"} }
		}), CodeProxy, []string{"HTTPS_PROXY is no URL"}},
		{"proxy wants a password", optionsAt("https://ssm.us-east-1.amazonaws.com", via(refusing.URL)), CodeProxy, []string{"407"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.code != CodeTLS { // which ends by itself, after slow handshakes
				test.options.Timeout = soon
			}
			_, err := fetchRequest(t.Context(), test.options, Request{Paths: []string{"/app/prod"}})
			want(t, err, test.code, secrets.Unavailable, append(test.words, "/app/prod")...)
		})
	}
}

// Over HTTP/2 all tries would share one connection, the one that hangs.
func TestOneConnectionAnAttempt(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	client := newHTTPClient().WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		tr.TLSClientConfig.NextProtos = nil
	})
	t.Cleanup(func() { closeIdle(client) })
	r, err := http.NewRequest("GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if proto, _ := io.ReadAll(resp.Body); string(proto) != "HTTP/1.1" {
		t.Errorf("spoke %s", proto)
	}
}

func closeIdle(c *awshttp.BuildableClient) {
	if f, ok := c.Freeze().(interface{ CloseIdleConnections() }); ok {
		f.CloseIdleConnections()
	}
}
