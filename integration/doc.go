// Package integration holds black-box tests of the built binary and of the image: a real Parameter Store
// (LocalStack), a real third-party agent (zabbix-agent2), a real engine (Docker), and stand-ins for the Threat Stack
// agents whose vendor is gone. Nothing of tsboot is imported: only what an operator sees is looked at.
//
// Most tests run tsboot in a container without an engine: a root directory of its own, entered by chroot in its own mount and pid
// namespace, with tsboot as PID 1 or as a plain child of a small init. The directory stays visible to the test.
// Every end-to-end test ends with the leak check: no secret that the test put into the store is found in the log at
// trace, in argv, in environments where it does not belong, or in a file that others may read.
package integration
