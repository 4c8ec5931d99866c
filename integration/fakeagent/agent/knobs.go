package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// knobs is fake.json: how this agent should misbehave. A test writes it beside bin/; without it all goes well.
type knobs struct {
	Setup  misbehaviour `json:"setup"`
	Config misbehaviour `json:"config"`
	Run    misbehaviour `json:"run"`
	Status misbehaviour `json:"status"`

	RefuseKey string `json:"refuse_key"` // a deploy key that the vendor does not know: cloudsight ends when it connects with it
}

// misbehaviour of one command.
type misbehaviour struct {
	Exit       int           `json:"exit,omitempty"`        // end with this code
	End        bool          `json:"end,omitempty"`         // run: end at once, with Exit
	After      time.Duration `json:"after,omitempty"`       // run: end after so long, with Exit
	FirstTimes int           `json:"first_times,omitempty"` // only so many times, then all goes well; 0: always
	Print      string        `json:"print,omitempty"`       // on standard error, before ending
	Hang       bool          `json:"hang,omitempty"`        // never end, ignoring SIGTERM
	Eat        bool          `json:"eat,omitempty"`         // take memory until the kernel says no
	IgnoreTerm bool          `json:"ignore_term,omitempty"` // run: go on at SIGTERM
	Fork       bool          `json:"fork,omitempty"`        // leave a process behind that holds the standard files
}

// eat takes memory and uses it, a little at a time, up to a bound that no test's limit reaches.
func eat() {
	const step, most = 1 << 20, 1 << 30
	var eaten [][]byte
	for taken := 0; taken < most; taken += step {
		piece := make([]byte, step)
		for i := 0; i < step; i += 4096 {
			piece[i] = 1
		}
		eaten = append(eaten, piece)
	}
	panic(fmt.Sprintf("%d MiB taken, and no limit", len(eaten)))
}

// readKnobs takes a missing file for an agent that works; one that does not parse is a fault of the test.
func readKnobs(file string) knobs {
	var k knobs
	data, err := os.ReadFile(file)
	if err != nil {
		return k
	}
	if err := json.Unmarshal(data, &k); err != nil {
		panic(fmt.Sprintf("%s: %v", file, err))
	}
	return k
}

// misbehave does what the knobs say of a command. It returns the code to end with and whether to end at all.
func (a *agent) misbehave(command string, m misbehaviour) (int, bool) {
	if m == (misbehaviour{}) || m.FirstTimes > 0 && a.times(command) > m.FirstTimes {
		return 0, false
	}
	if m.Print != "" {
		fmt.Fprintln(os.Stderr, m.Print)
	}
	if m.Fork {
		a.leaveBehind()
	}
	if m.Hang {
		hang()
	}
	if m.Eat {
		eat()
	}
	return m.Exit, m.After == 0 && (m.Exit != 0 || m.End)
}
