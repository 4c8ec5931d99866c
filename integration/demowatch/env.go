package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/tsboot/tsboot/integration/stage"
)

// prod is the tree below which a fleet would keep the parameters of its tswatch.
const prod = "/tswatch/prod"

// env is what the demo runs on.
type env struct {
	*stage.Boot
	tswatch   string
	collector *collector
	attack    attack
}

// newEnv lays everything out.
func newEnv(tsboot, tswatch string) (*env, error) {
	agent, err := filepath.Abs(tswatch)
	if err != nil {
		return nil, err
	}
	b, err := stage.NewBoot(tsboot, prod, 2)
	if err != nil {
		return nil, err
	}
	e := &env{Boot: b, tswatch: agent}
	for _, open := range []func() error{e.openCollector, e.openAttack, e.moveProfile} {
		if err := open(); err != nil {
			return nil, errors.Join(err, e.clear())
		}
	}
	for name, value := range map[string]string{"output": e.collector.url, "emit": "alerts", "Log_Level": "warn"} {
		e.Put(name, value)
	}
	return e, nil
}

// clear ends tsboot before what it works on.
func (e *env) clear() error {
	faults := []error{e.End()}
	if e.attack != nil {
		faults = append(faults, e.attack.close())
	}
	if e.collector != nil {
		e.collector.close()
	}
	return errors.Join(append(faults, e.Clear())...)
}

// openAttack makes it a live one where that can be.
func (e *env) openAttack() error {
	before, why := missing()
	if why != nil {
		r, err := openRecording(e.Path(), why.Error())
		e.attack = r
		return err
	}
	l, err := openLive(e.Path(), before, e.collector.has)
	e.attack = l
	return err
}

// moveProfile takes the profile that tsboot ships, moves its fixed places below the directory, and has a tswatch that ends
// end the boot.
func (e *env) moveProfile() error {
	return e.MoveProfile("tswatch", func(shipped string) string {
		profile, _, _ := strings.Cut(shipped, "\ntests:\n")
		moved := strings.NewReplacer(
			"/etc/tswatch/tsboot", e.Path("etc"),
			"/run/tswatch", e.Path("run-tswatch"),
			"    - tswatch\n", "    - "+e.tswatch+"\n",
			"argv: [tswatch, ", "argv: ["+e.tswatch+", ",
			"restart: always", `restart: "no"`,
		).Replace(profile)
		return e.attack.change(moved) + "\n"
	})
}

func (e *env) openCollector() error {
	var err error
	e.collector, err = newCollector()
	return err
}
