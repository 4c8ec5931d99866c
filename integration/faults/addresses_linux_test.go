package faults

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// The addresses that AWS's own endpoints have on every host. The rows below use them as they are, in a network of
// their own: an address of loopback would never be proxied, whatever the code did.
const (
	taskAddress     = "169.254.170.2"
	instanceAddress = "169.254.169.254"
)

// addressRows: what a task or an instance really has in its environment, with a proxy set for everything.
func addressRows() []row {
	relative := func(more ...string) []string {
		return append([]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/the-key-to-the-credentials"}, more...)
	}
	instance := func(more ...string) []string {
		return append([]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_DISABLED"}, more...)
	}
	task := "ECS_CONTAINER_METADATA_URI_V4=http://" + taskAddress + "/_secretstest/v4/0123456789abcdef"
	role := func(e *env) { e.store.SetInstanceRole("node") }
	ops := func(op string, least, most int) map[string]atLeastMost {
		return map[string]atLeastMost{op: {least, most}}
	}
	return []row{
		{name: "a task role", env: relative(), calls: exactly(1), other: ops(secretstest.OpCredentials, 1, 1), says: []string{"fetched parameters", "task role"}, never: []string{"the-key-to-the-credentials"}, check: onlyParameterStoreByProxy},
		{name: "a task role, 404 at first", env: relative(), faults: at(secretstest.OpCredentials, secretstest.Fault{Kind: secretstest.HTML, Status: 404, Times: 3}), calls: exactly(1), other: ops(secretstest.OpCredentials, 4, 4), says: []string{"retrying", "the task role endpoint http://169.254.170.2/v2/credentials/..."}, never: []string{"the-key-to-the-credentials"}, check: onlyParameterStoreByProxy},
		{name: "the region from the task", env: relative("AWS_REGION", task), calls: exactly(1), other: map[string]atLeastMost{secretstest.OpCredentials: exactly(1), secretstest.OpTask: exactly(1)}, check: onlyParameterStoreByProxy},
		{name: "an instance role", env: instance("AWS_REGION"), prepare: role, calls: exactly(1), other: ops(secretstest.OpIMDS, 3, 9), says: []string{"fetched parameters", "instance role"}, check: onlyParameterStoreByProxy},
		{name: "no endpoint, and a proxy that would answer", env: relative("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials"), timeout: "1s", code: 69, says: []string{"169.254.170.23", "[credentials-endpoint]"}, check: onlyParameterStoreByProxy},
	}
}

// TestTrueAddresses plays its rows with the store at the link-local addresses, and the same store as the proxy of
// everything.
func TestTrueAddresses(t *testing.T) {
	t.Parallel()
	require.Tools(t, "root")
	program := binary.Tsboot(t)
	for _, r := range addressRows() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			inside := ownNetwork(t)
			e := &env{t: t, program: program, store: secretstest.New()}
			e.start = func(cmd *exec.Cmd) (err error) {
				inside(func() { err = cmd.Start() })
				return err
			}
			var listener net.Listener
			var err error
			inside(func() { listener, err = net.Listen("tcp", "0.0.0.0:80") })
			if err != nil {
				t.Fatal(err)
			}
			serve(t, listener, e.store)
			e.vars = append(e.store.Env(), "PATH=/bin:/usr/bin", binary.NoSocket,
				"AWS_ENDPOINT_URL_SSM=http://ssm.example", "AWS_ENDPOINT_URL_STS=http://sts.example", "HTTP_PROXY=http://127.0.0.1:80")
			e.play(r)
		})
	}
}

// onlyParameterStoreByProxy: nothing that gives or knows credentials was asked through the proxy.
func onlyParameterStoreByProxy(t *testing.T, e *env) {
	t.Helper()
	for _, c := range e.store.Calls() {
		if proxied := service(c.Op) == parameterStore; c.Proxied != proxied {
			t.Errorf("%s %s: through the proxy: %v, want %v", c.Op, c.Path, c.Proxied, proxied)
		}
	}
}

// serve answers with the store, and with the container credentials at the path that ECS has for them.
func serve(t *testing.T, listener net.Listener, store *secretstest.Server) {
	t.Helper()
	server := &http.Server{ReadHeaderTimeout: aLongTime, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/credentials/") {
			r.URL.Path = "/_secretstest/credentials" + r.URL.Path
		}
		store.ServeHTTP(rw, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		store.Close()
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
}

// ownNetwork makes a network namespace that has loopback and the link-local addresses only, and returns how to do
// something inside. It lasts as long as the test.
func ownNetwork(t *testing.T) (inside func(do func())) {
	t.Helper()
	requests, made := make(chan func()), make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no use to others
		made <- makeNetwork()
		for request := range requests {
			request()
		}
	}()
	t.Cleanup(func() { close(requests) })
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	return func(do func()) {
		done := make(chan struct{})
		requests <- func() { defer close(done); do() }
		<-done
	}
}

// makeNetwork gives the calling thread a network of its own.
func makeNetwork() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare the network: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := raise(fd, "lo"); err != nil {
		return err
	}
	for i, address := range []string{taskAddress, instanceAddress} {
		if err := assign(fd, fmt.Sprintf("lo:%d", i+1), address); err != nil {
			return err
		}
	}
	return nil
}

func raise(fd int, name string) error {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bring up %s: %w", name, err)
	}
	return nil
}

func assign(fd int, alias, address string) error {
	request, err := unix.NewIfreq(alias)
	if err != nil {
		return err
	}
	for _, set := range []struct {
		what uint
		to   net.IP
	}{{unix.SIOCSIFADDR, net.ParseIP(address)}, {unix.SIOCSIFNETMASK, net.IPv4bcast}} {
		if err := request.SetInet4Addr(set.to.To4()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, set.what, request); err != nil {
			return fmt.Errorf("assign %s: %w", address, err)
		}
	}
	return nil
}
