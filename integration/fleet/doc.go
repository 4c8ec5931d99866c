// Command fleet simulates the night on which a fleet redeploys: every host asks Parameter Store at once, and the
// account's limit lets through a few calls a second. Time is virtual; what each host does about ThrottlingException
// is the code that ships: tsboot's policy, and, beside it, the AWS SDK's own retryer with its three tries and
// with chamber's ten.
//
//	make bench-fleet                                          print the tables
//	go run ./integration/fleet -write docs/bench-fleet.md     and write the page
package main
