// Package integration holds black-box tests of the built binary and of the image: a real Parameter Store
// (LocalStack), a real third-party agent (zabbix-agent2), a real engine (Docker), and stand-ins for the Threat Stack
// agents whose vendor is gone. Nothing of tsboot is imported: only what an operator sees is looked at.
//
// Most tests run tsboot in a container without an engine: a root directory of its own, entered by chroot in its own mount and pid
// namespace, with tsboot as PID 1 or as a plain child of a small init. The directory stays visible to the test.
// Every end-to-end test ends with the leak check: no secret that the test put into the store is found in the log at
// trace, in argv, in environments where it does not belong, or in a file that others may read.
//
// This package is the tests of tsboot as a whole. The rest is below it.
//
// Suites with a subject of their own:
//
//	console    tsboot's page in a browser
//	docslint   the pages of the documentation
//	exhaust    no process or thread can be had any more
//	faults     whatever Parameter Store, the network and the providers of credentials do wrong
//	helm       the chart
//	pid1       what the init of a container has to do, put to tsboot and to others
//	storm      hundreds of refreshes while everything else fails
//	watch      tswatch on the machine's kernel and Docker
//
// What they are made of:
//
//	audit      the machine's audit, lent to one at a time
//	binary     the programs that ship
//	clitest    what a program says about itself
//	dockerd    a Docker engine
//	docpage    a page of the documentation, followed
//	executable a program, written so that it can be started at once
//	fakeagent  the agent of most tests
//	require    what the machine must have
//	screen     a terminal, drawn
//	stage      a demonstration, in acts
//	taskdef    what ECS takes
//	terminal   a pseudo-terminal
//	wait       waiting for what nothing reports
//
// Programs for people, not tests: agents (writes docs/agents), bench (and pid1/bench, watch/bench), demo, demowatch,
// fleet, and the soaks (pid1/soak, watch/soak).
package integration
