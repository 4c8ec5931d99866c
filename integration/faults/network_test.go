package faults

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// networkRows: names, connections, TLS, proxies. None of the failures reaches the store.
func networkRows() []row {
	endpoint := func(url string) []string { return []string{"AWS_ENDPOINT_URL_SSM=" + url} }
	const proxied = "AWS_ENDPOINT_URL_SSM=http://ssm.example" // which is no host that Go would keep from the proxy
	return []row{
		{name: "a name that does not resolve", env: endpoint("http://ssm.nowhere.invalid"), timeout: "2s", code: 69, says: []string{"ssm.nowhere.invalid", "AWS_ENDPOINT_URL_SSM", "[dns]"}},
		{name: "connection refused", env: endpoint("http://" + closedPort), timeout: "1s", code: 69, says: []string{"connection refused by " + closedPort, "AWS_ENDPOINT_URL_SSM", "[connect-refused]"}},
		{name: "packets are dropped", prepare: dropped, timeout: "3s", code: 69, says: []string{"no answer in time", "security group", "[timeout]"}},
		{name: "an authority that is not known", prepare: serveTLS(certificate{}), code: 69, says: []string{"authority that is not known", "AWS_CA_BUNDLE", "[tls]"}},
		{name: "an authority that AWS_CA_BUNDLE names", prepare: serveTLS(certificate{trusted: true}), calls: exactly(1)},
		{name: "another host's certificate", prepare: serveTLS(certificate{trusted: true, name: "other.example"}), code: 69, says: []string{"127.0.0.1", "[tls]"}},
		{name: "an expired certificate", prepare: serveTLS(certificate{trusted: true, expired: true}), timeout: "2s", code: 69, says: []string{"expired", "the host's clock", "[tls]"}},
		{name: "no TLS at the endpoint", prepare: func(e *env) { e.set("AWS_ENDPOINT_URL_SSM", "https"+e.store.URL()[len("http"):]) }, code: 69, says: []string{"does not speak TLS", "[tls]"}},
		{name: "through a proxy", env: []string{proxied, "HTTP_PROXY=%URL%"}, calls: exactly(1), check: byProxy},
		{name: "a proxy that is down", env: []string{proxied, "HTTP_PROXY=http://" + closedPort}, timeout: "1s", code: 69, says: []string{"proxy", "connection refused", "HTTPS_PROXY", "[proxy]"}},
		{name: "a proxy that wants a password", prepare: denyingProxy, env: []string{"AWS_ENDPOINT_URL_SSM=https://ssm.example"}, code: 69, says: []string{"407", "HTTPS_PROXY", "[proxy]"}, never: []string{proxyPassword}},
		{name: "a proxy whose URL is mistyped", env: []string{proxied, "HTTP_PROXY=http://http://user:" + proxyPassword + "@proxy.example"}, timeout: "1s", code: 69, says: []string{"connect to the proxy", "HTTPS_PROXY", "[proxy]"}, never: []string{proxyPassword}},
	}
}

// settingRows: what is wrong before anything is asked.
func settingRows() []row {
	return []row{
		{name: "an endpoint that is no URL", env: []string{"AWS_ENDPOINT_URL_SSM=localhost:4566"}, code: 64, says: []string{"AWS_ENDPOINT_URL_SSM", "localhost:4566", "http://HOST:PORT"}},
		{name: "no region", env: []string{"AWS_REGION"}, code: 64, says: []string{"AWS_REGION", "--region", "[no-region]"}},
		{name: "a zone for a region", env: []string{"AWS_REGION=us-east-1a"}, code: 64, says: []string{`"us-east-1a"`, "AWS_REGION", "[bad-region]"}},
		{name: "a path without its slash", args: []string{"--ssm-path", "app/prod"}, code: 64, says: []string{`"app/prod"`, "a path begins with"}},
		{name: "a reference that is none", args: []string{"--ssm-parameter", "key=arn:aws:s3:::bucket"}, code: 64, says: []string{"arn:aws:s3:::bucket", "[bad-reference]"}},
		{name: "a profile that is not there", env: []string{"AWS_PROFILE=nobody"}, code: 64, says: []string{"nobody", "[aws-config]"}},
		{name: "a bundle that is not there", env: []string{"AWS_CA_BUNDLE=/no/such/bundle"}, code: 64, says: []string{"/no/such/bundle", "[aws-config]"}},
		{name: "a splay longer than the deadline", args: []string{"--ssm-path", "/app/prod", "--splay", "1m"}, code: 64, says: []string{"--fetch-timeout", "--splay"}},
	}
}

// closedPort is where nothing listens: ports below 1024 are nobody's by chance.
const closedPort = "127.0.0.1:1"

const proxyPassword = "pr0xy-passw0rd"

func (e *env) set(name, value string) { e.vars = append(e.vars, name+"="+value) }

// A certificate is what the endpoint shows.
type certificate struct {
	trusted bool   // AWS_CA_BUNDLE names its authority
	name    string // whose it is; the endpoint's when empty
	expired bool
}

// serveTLS puts the store behind TLS.
func serveTLS(c certificate) func(*env) {
	return func(e *env) {
		e.t.Helper()
		pair, authority, err := c.make()
		if err != nil {
			e.t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(e.store)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		e.t.Cleanup(server.Close)
		e.set("AWS_ENDPOINT_URL_SSM", server.URL)
		if c.trusted {
			file := filepath.Join(e.t.TempDir(), "authority.pem")
			e.write(file, string(authority))
			e.set("AWS_CA_BUNDLE", file)
		}
	}
}

// make signs a certificate with its own key, which makes it its own authority.
func (c certificate) make() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if c.name != "" {
		template.IPAddresses, template.DNSNames = nil, []string{c.name}
	}
	if c.expired {
		template.NotAfter = now.Add(-time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority, nil
}

// denyingProxy grants no CONNECT.
func denyingProxy(e *env) {
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(http.StatusProxyAuthRequired)
	}))
	e.t.Cleanup(proxy.Close)
	e.set("HTTPS_PROXY", "http://user:"+proxyPassword+"@"+proxy.Listener.Addr().String())
}

// byProxy checks that the store was asked as a proxy is.
func byProxy(t *testing.T, e *env) {
	t.Helper()
	for _, c := range e.store.Calls() {
		if !c.Proxied {
			t.Errorf("%s did not go through the proxy", c.Op)
		}
	}
}

// dropped makes the endpoint a port whose queue is full: the kernel drops what would connect, as a security group
// does.
func dropped(e *env) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		e.t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		e.t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		e.t.Fatal(err)
	}
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}).String()
	for range 3 { // more than the queue holds: the last one finds no room
		conn, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil {
			break
		}
		e.t.Cleanup(func() { _ = conn.Close() })
	}
	e.set("AWS_ENDPOINT_URL_SSM", "http://"+address)
}
