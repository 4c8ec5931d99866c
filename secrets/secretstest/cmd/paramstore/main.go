// Command paramstore serves an in-memory Parameter Store on a loopback
// address, for the demo and for tests of a built binary.
//
//	paramstore [-listen 127.0.0.1:0] [-region us-east-1] [-url-file FILE] [seed.yaml...]
//
// It prints its URL on standard output when it is ready and runs until a signal
// ends it. A seed file (YAML or
// JSON) is a list of parameters: name, value, type (SecureString), labels,
// region, secret. How to make it fail stands with secretstest's control
// endpoint. Never give it a real secret.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

func main() {
	server, err := start(os.Args[1:], os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "paramstore:", err)
		os.Exit(1)
	}
	fmt.Println(server.URL())
	select {} // it holds nothing that a signal's default action would lose
}

// start serves the seeds on the address that the arguments name.
func start(args []string, stderr io.Writer) (*secretstest.Server, error) {
	flags := flag.NewFlagSet("paramstore", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:0", "loopback `address` to serve on")
	region := flags.String("region", secretstest.DefaultRegion, "`region` of the parameters")
	urlFile := flags.String("url-file", "", "also write the URL to this `file` when ready")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if err := loopback(*listen); err != nil {
		return nil, err
	}
	server, err := secretstest.Start(*listen, secretstest.WithRegion(*region))
	if err != nil {
		return nil, err
	}
	for _, file := range flags.Args() {
		if err := seed(server, file); err != nil {
			return nil, err
		}
	}
	if *urlFile != "" {
		if err := writeURL(*urlFile, server.URL()); err != nil {
			return nil, err
		}
	}
	return server, nil
}

// writeURL makes the file appear whole, for one who waits for it.
func writeURL(file, url string) error {
	temporary := file + ".tmp"
	if err := os.WriteFile(temporary, []byte(url+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

// loopback refuses an address that others could reach: this store asks nobody
// who they are.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen on %q: not a loopback address", address)
	}
	return nil
}

func seed(server *secretstest.Server, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var seeds []secretstest.Seed
	if err := yaml.Unmarshal(data, &seeds); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	for _, s := range seeds {
		server.Seed(s)
	}
	return nil
}
