//go:build linux

package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/integration/require"
)

// newNodeExporter is a container with the exporter where the vendor's image has it.
func newNodeExporter(t *testing.T, s *store) *container {
	t.Helper()
	require.Tools(t, "root", "prometheus-node-exporter")
	c := newAgent(t, s)
	if err := os.Remove(c.path("bin")); err != nil { // a link to the machine's
		t.Fatal(err)
	}
	c.copyIn("/usr/bin/prometheus-node-exporter", "/bin/node_exporter")
	return c
}

// passwords are bcrypt's hashes of passwords, at its least cost.
var passwords = map[string]string{
	"correct horse battery staple": "$2a$04$bR2A073GvbrleWGg4PU4D.jNTvCuXA1tl1UF2KpFKu5V5t46PXYW6",
	"a second password":            "$2a$04$p3PagOgVgDRliSXbcbJLjO5lFi17tkJ3BuW36VQw3IiBgYE38s21C",
}

// TestNodeExporter boots Prometheus's exporter, found in its vendor's image, and scrapes it as Prometheus would.
func TestNodeExporter(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			s := anyStore(t)
			c := newNodeExporter(t, s)
			address, user := must(t)(freeAddress()), `mon "itor" #;%$x 'ü'`
			client := &http.Client{Timeout: 5 * time.Second}
			if scheme == "https" {
				certificate, key := newCertificate(t)
				s.plain(agentPath+"/tls-certificate", certificate)
				s.secret(agentPath+"/tls-key", key)
				client.Transport = trusting(certificate)
			}
			k := keyHolder{
				profile: "auto", program: "node_exporter", code: 143, grace: 5 * time.Second,
				first: "correct horse battery staple", next: "a second password",
			}
			k.works = func(password string) bool {
				if scrape(client, scheme+"://"+address, "", "") {
					t.Error("the metrics are there without a password")
				}
				return scrape(client, scheme+"://"+address, user, password)
			}
			s.plain(agentPath+"/basic-auth-user", user)
			k.store = func(password string) { s.secret(agentPath+"/Basic_Auth_Password_Hash", passwords[password]) }
			s.plain(agentPath+"/listen-address", address)
			k.live(c)
		})
	}
}

// newCertificate is a certificate for loopback that signs itself, and its key, PEM.
func newCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", secret)
}

func trusting(certificate string) http.RoundTripper {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(certificate))
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
}

// scrape reports whether the exporter gives its metrics.
func scrape(client *http.Client, url, user, password string) bool {
	request, err := http.NewRequest(http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return false
	}
	if user != "" {
		request.SetBasicAuth(user, password)
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return err == nil && strings.Contains(string(body), "node_exporter_build_info")
}
