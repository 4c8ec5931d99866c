package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/tsboot/tsboot/secrets/secretstest"
)

// options are the command line.
type options struct {
	chamber, tsboot, bare string
	runs, parameters      int
	write                 string
}

func main() {
	var o options
	flag.StringVar(&o.chamber, "chamber", os.Getenv("CHAMBER_BINARY"), "chamber's `program`")
	flag.StringVar(&o.tsboot, "tsboot", "bin/tsboot", "tsboot's `program`")
	flag.StringVar(&o.bare, "bare", "", "the `program` of integration/bench/bare, which does the least that any program with the SDK does")
	flag.IntVar(&o.runs, "runs", 100, "of each program")
	flag.IntVar(&o.parameters, "parameters", 10, "below the path")
	flag.StringVar(&o.write, "write", "", "write the page to this `FILE`")
	flag.Parse()
	if err := bench(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(o options) error {
	contenders, err := compare(o)
	if err != nil {
		return err
	}
	text := table(contenders)
	fmt.Print(text)
	if o.write == "" {
		return nil
	}
	trace, err := initTrace(o.tsboot)
	if err != nil {
		return err
	}
	return os.WriteFile(o.write, []byte(page(o, text, trace)), 0o644)
}

// compare measures everything on a store of its own.
func compare(o options) ([]*contender, error) {
	if o.chamber == "" {
		return nil, fmt.Errorf("no chamber: build it from its own repository, and name it by -chamber or CHAMBER_BINARY")
	}
	store, err := secretstest.Start("")
	if err != nil {
		return nil, err
	}
	defer store.Close()
	for i := range o.parameters {
		store.Put(fmt.Sprintf("/svc/key_%d", i), strings.Repeat("v", 64))
	}
	env := append(store.Env(), "PATH=/bin:/usr/bin", "CHAMBER_AWS_SSM_ENDPOINT="+store.URL(), "AWS_EC2_METADATA_DISABLED=true")
	contenders := o.contenders()
	if err := measure(contenders, env, 2); err != nil { // the page cache is warm for all
		return nil, err
	}
	for _, c := range contenders {
		c.runs = nil
	}
	return contenders, measure(contenders, env, o.runs)
}

func (o options) contenders() []*contender {
	agent := []string{"/bin/echo", "x"}
	with := func(name string, argv ...string) *contender {
		return &contender{name: name, argv: append(argv, agent...)}
	}
	list := []*contender{
		with(chamberName, o.chamber, "exec", "svc", "--"),
		with("tsboot exec", o.tsboot, "exec", "--ssm-path", "/svc", "--"),
		with("tsboot exec --replace", o.tsboot, "exec", "--replace", "--ssm-path", "/svc", "--"),
		with("tsboot exec, no sources", o.tsboot, "exec", "--"),
		{name: "tsboot version", argv: []string{o.tsboot, "version"}},
		{name: "chamber version", argv: []string{o.chamber, "version"}},
		with("the agent alone"),
	}
	if o.bare != "" {
		list = append(list, with("the least program with the SDK", o.bare, "/svc"))
	}
	return list
}
