// Package secretstest is an in-memory Parameter Store that speaks the AWS JSON
// protocol and can be told to fail.
//
// It serves what a boot loader asks of AWS: Parameter Store itself, the ECS
// container credentials and task metadata endpoints, the instance metadata
// service and STS's GetCallerIdentity. A client reaches it with the SDK's own
// variables (see Server.Env); nothing in the client needs to know of it.
//
// Unlike the emulators it is strict where AWS is strict (a page holds at most
// ten parameters, a path starts with a slash, a token is opaque, a region sees
// its own parameters only) and every request can be answered by a scripted
// fault: throttling, HTML from a load balancer, a body cut short, a reset, a
// connection that hangs. Faults are set in Go (Server.Script) or over HTTP
// (POST /_secretstest/faults), so that a black-box test can use them.
//
// The package does not import testing: the demo, the fleet simulator and
// cmd/paramstore use it as well. It keeps nothing secret and must never hold a
// real value.
package secretstest
