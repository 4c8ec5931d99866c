package ssm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	"golang.org/x/sys/unix"
)

// A proxyError is a proxy that cannot be used, or that refuses a CONNECT.
type proxyError struct{ what string }

func (e *proxyError) Error() string { return e.what }

// A protocolError is an answer that HTTP and JSON allow and the service never
// gives.
type protocolError struct{ what string }

func (e *protocolError) Error() string { return e.what }

// diagnoseNetwork reads an error before or within an answer.
func diagnoseNetwork(err error) finding {
	var proxy *proxyError
	var op *net.OpError
	if errors.As(err, &proxy) {
		return finding{class: Limited, code: CodeProxy, detail: oneLine(proxy.Error())}
	}
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		return finding{class: Transient, code: CodeProxy, detail: "connect to the proxy: " + plain(op.Err)}
	}
	if f, ok := diagnoseTLS(err); ok {
		return f
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return finding{class: Transient, code: CodeDNS, detail: fmt.Sprintf("look up %s: %s", dns.Name, dns.Err)}
	}
	var timeout interface{ Timeout() bool }
	var transport *url.Error
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return finding{class: Transient, code: CodeConnectRefused, detail: "connection refused" + peer(op)}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return finding{class: Transient, code: CodeTimeout, detail: "no answer in time" + peer(op)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return finding{class: Transient, code: CodeConnection, detail: "the connection ended before the answer did"}
	case errors.As(err, &op):
		return finding{class: Transient, code: CodeConnection, detail: plain(op)}
	case errors.As(err, &transport):
		return finding{class: Transient, code: CodeConnection, detail: plain(transport.Err)}
	}
	var decoding *smithy.DeserializationError
	if errors.As(err, &decoding) { // its text may quote the answer
		return finding{class: Limited, code: CodeBadResponse, detail: "an answer that is not Parameter Store's JSON"}
	}
	return finding{class: Permanent, code: CodeAWSConfig, detail: oneLine(err.Error())}
}

// diagnoseTLS separates what another try may fix (a clock that is about to be set)
// from what it cannot.
func diagnoseTLS(err error) (finding, bool) {
	f := finding{class: Limited, code: CodeTLS}
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verification *tls.CertificateVerificationError
	switch {
	case errors.As(err, &authority):
		f.detail = "x509: the certificate is signed by an authority that is not known here"
	case errors.As(err, &host):
		f.detail = oneLine(host.Error())
	case errors.As(err, &invalid):
		f.detail = oneLine(invalid.Error())
		if invalid.Reason == x509.Expired {
			f.class = Transient
		}
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.detail = "the endpoint does not speak TLS"
	case errors.As(err, &alert):
		f.detail = oneLine(alert.Error())
	case errors.As(err, &verification):
		f.detail = oneLine(verification.Error())
	default:
		return f, false
	}
	return f, true
}

// blameCA names SSL_CERT_FILE if it is why a certificate is not known: Go ignores
// a file that it cannot read.
func (e environment) blameCA(f finding) finding {
	path := e.get("SSL_CERT_FILE")
	if f.code != CodeTLS || path == "" {
		return f
	}
	if wrong := wrongCA(path); wrong != "" {
		f.class, f.code = Permanent, CodeAWSConfig
		f.detail = fmt.Sprintf("SSL_CERT_FILE: %s: %s; %s", path, wrong, f.detail)
		f.fix = "name a file of PEM certificates, or unset SSL_CERT_FILE"
	}
	return f
}

// peer is the address of a connection, for a message.
func peer(op *net.OpError) string {
	if op == nil || op.Addr == nil {
		return ""
	}
	return " by " + op.Addr.String()
}

// plain is the text of a transport error without the prefix of net/http.
func plain(err error) string {
	text := oneLine(err.Error())
	return strings.TrimPrefix(text, "net/http: ")
}
