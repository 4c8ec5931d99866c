// Package secrets reads parameters from where they are kept (AWS Systems
// Manager Parameter Store, Secrets Manager through it, files) and keeps their
// values from being printed.
//
// Fetch is the whole of it: it finds region and credentials, reads every
// source of a Request within one deadline, and returns layers of parameters,
// lowest first. What can be retried is retried until the deadline by Policy, a
// pure function; what AWS refuses is not. Every failure is an *Error with an
// exit code, a code of the Catalogue and a message that says what was being
// done, to what, what the other side answered and what to do about it.
//
// The package is the only importer of the AWS SDK.
package secrets
