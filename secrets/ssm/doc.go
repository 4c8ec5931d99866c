// Package ssm reads parameters from AWS Systems Manager Parameter Store, Secrets
// Manager through it, and directories of files.
//
// Fetch finds region and credentials, reads every source of a Request within one
// deadline, and returns layers of parameters, lowest first. What can be retried
// is retried until the deadline by Policy, a pure function; what AWS refuses is
// not. Every failure is an *Error of package secrets, with a code of the
// Catalogue of one of the two packages and a message that says what was being
// done, to what, what the other side answered and what to do about it.
//
// The package is the only importer of the AWS SDK.
package ssm
