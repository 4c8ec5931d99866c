package main

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// options are what the flags say.
type options struct {
	address string
	port    int
	region  string
	seeds   []secretstest.Seed
	faults  []secretstest.Fault
	rate    float64
	envFile string
	binDir  string
}

const usage = `A Parameter Store in memory. It prints what to paste into another terminal, and ends with Ctrl-C.

Usage:
  paramstore [flags]

Without --put and --seed it holds two parameters below /demo/prod.

Flags:
`

// parse reads the command line. For --help it writes the help to out and answers pflag.ErrHelp.
func parse(args []string, out io.Writer) (options, error) {
	o := options{}
	flags := pflag.NewFlagSet("paramstore", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() { fmt.Fprint(out, usage, flags.FlagUsagesWrapped(100), faultHelp()) }
	secure := flags.StringArray("put", nil, "store a SecureString: `NAME=VALUE`; repeatable")
	plain := flags.StringArray("put-string", nil, "store a String: `NAME=VALUE`; repeatable")
	files := flags.StringArray("seed", nil, "store what a `FILE` says; repeatable. YAML or JSON: a mapping of names to values "+
		"(each a SecureString), or a list of {name, value, type, labels, region, secret}")
	flags.IntVar(&o.port, "port", 0, "listen on this `PORT`; 0: a free one")
	flags.StringVar(&o.address, "address", "127.0.0.1", "listen on this `IP` address")
	remote := flags.Bool("allow-remote", false, "let --address be one that other machines reach. Everybody there reads and writes the store")
	flags.StringVar(&o.region, "region", secretstest.DefaultRegion, "the `REGION` of the parameters")
	faults := flags.StringArray("fault", nil, "answer every request by the fault `KIND`, or the next N by KIND:N; repeatable, in order. "+
		"Also the JSON of a fault: '{\"kind\": \"slow\", \"delay\": \"2s\", \"times\": 3}'")
	flags.Float64Var(&o.rate, "rate", 0, "answer `N` reads a second and throttle the others; AWS allows 40. 0: no limit")
	flags.StringVar(&o.envFile, "env-file", "", "when ready, also write the variables to this `FILE`, NAME=VALUE a line")
	flags.StringVar(&o.binDir, "bin-dir", "", "print a line that puts this `DIRECTORY` first in PATH, for a tsboot that is not there")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; a file of parameters is --seed FILE", flags.Arg(0))
	}
	if err := o.checkAddress(*remote); err != nil {
		return o, err
	}
	if err := o.readSeeds(*files, *secure, *plain); err != nil {
		return o, err
	}
	for _, text := range *faults {
		f, err := secretstest.ParseFault(text)
		if err != nil {
			return o, err
		}
		o.faults = append(o.faults, f)
	}
	return o, nil
}

var regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z0-9]+)+$`)

// checkAddress refuses an address that others could reach, unless that is asked for: the store asks nobody who they are.
func (o options) checkAddress(remote bool) error {
	ip := net.ParseIP(o.address)
	switch {
	case ip == nil:
		return fmt.Errorf("--address %q: not an IP address", o.address)
	case !ip.IsLoopback() && !remote:
		return fmt.Errorf("--address %q: not a loopback address; everybody who reaches it reads the store. Add --allow-remote if that is meant", o.address)
	case o.port < 0 || o.port > 65535:
		return fmt.Errorf("--port %d: not a port, which is 0 to 65535", o.port)
	case !regionPattern.MatchString(o.region):
		return fmt.Errorf("--region %q: not a region of AWS", o.region)
	case o.rate < 0:
		return fmt.Errorf("--rate %v: less than nothing", o.rate)
	}
	return nil
}

// faultHelp lists the kinds of fault, in lines of at most 100 columns.
func faultHelp() string {
	var b strings.Builder
	b.WriteString("\nKinds of fault:\n")
	line := " "
	for _, kind := range secretstest.Kinds() {
		if len(line)+1+len(kind) > 100 {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + kind
	}
	b.WriteString(line + "\n")
	return b.String()
}
