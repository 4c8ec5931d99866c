// Command fakeagent is the agent that tests and the demo run below tsboot: see package agent.
//
//	fakeagent install 1|2 DIR    lay out an agent of that generation in DIR, /opt/threatstack in a real image
package main

import "github.com/tsboot/tsboot/integration/fakeagent/agent"

func main() { agent.Main() }
