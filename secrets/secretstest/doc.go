// Package secretstest is an in-memory Parameter Store that speaks the AWS JSON
// protocol and can fail on request, for the tests of any program that reads
// Parameter Store with an AWS SDK.
//
//	server, err := secretstest.Start("")
//	...
//	defer server.Close()
//	server.Put("/app/prod/password", "not-a-real-one")
//	server.Script(secretstest.Fault{Kind: secretstest.Throttle, Times: 2})
//
// A client in the test takes Server.URL as its endpoint, with any key. A
// program takes Server.Env, the SDK's own variables; neither needs code for
// it. cmd/paramstore is the same as a program; docs/store.md in the repository
// shows both at work.
//
// It serves what a boot loader asks of AWS: Parameter Store itself, the ECS
// container credentials and task metadata endpoints, the instance metadata
// service and STS's GetCallerIdentity.
//
// Unlike the emulators it is strict where AWS is strict (a page holds at most
// ten parameters, a path starts with a slash, a token is opaque, a region sees
// its own parameters only) and every request can be answered by a scripted
// fault: throttling, HTML from a load balancer, a body cut short, a reset, a
// connection that hangs. Faults are set in Go (Server.Script) or over HTTP
// (POST /_secretstest/faults), so that a black-box test can use them.
//
// The control endpoints take JSON (see Seed and Fault):
//
//	POST /_secretstest/put      a Seed, or a list of them
//	POST /_secretstest/delete   {"name": "/a/b"}
//	POST /_secretstest/faults   a Fault, or a list of them: appended to the script
//	POST /_secretstest/clear    drops the script
//	POST /_secretstest/rate     {"per_second": 40, "burst": 40}; 0 lifts the limit
//	POST /_secretstest/ttl      {"ttl": "10m"}: of credentials
//	POST /_secretstest/expire   credentials issued so far are refused
//	POST /_secretstest/role     {"name": "node"}: of the instance
//	POST /_secretstest/forget   clears the record of calls
//	GET  /_secretstest/calls    the record, a list of Call; ?op= selects
//	GET  /_secretstest/health   200
//
// What is exported stays: a change that breaks a test which uses it is a
// [CHANGE] in CHANGELOG.md. The package imports the standard library only, and
// not testing, because programs use it as well. It keeps nothing secret and
// must never hold a real value.
package secretstest
