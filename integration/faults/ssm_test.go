package faults

import "github.com/tsboot/tsboot/secrets/secretstest"

// serverRows: Parameter Store is overloaded or broken, for a while or for good.
func serverRows() []row {
	return []row{
		{name: "healthy", calls: exactly(1), says: []string{"fetched parameters", "count=1", "calls=1", "region_source=AWS_REGION", "credentials=environment"}},
		{name: "throttled twice", faults: fault(secretstest.Throttle, 2), calls: exactly(3), says: []string{"retrying", "ssm:GetParametersByPath", "/app/prod", "Rate exceeded"}},
		{name: "throttled on the second page", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.Throttle, After: 1}}, calls: exactly(4)},
		{name: "throttled for ever", faults: fault(secretstest.Throttle, forever), timeout: "4s", code: 69, calls: between(4, 9), says: []string{"/app/prod", "us-east-1", "ThrottlingException: Rate exceeded", "--splay", "--ssm-fetch names", "[throttled]"}},
		{name: "too many requests", faults: fault(secretstest.TooMany, 1), calls: exactly(2)},
		{name: "429 of a gateway", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 429}}, calls: exactly(2)},
		{name: "Retry-After is honoured", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 503, RetryAfter: "2"}}, calls: exactly(2), check: waited(2000)},
		{name: "x-amz-retry-after is honoured", faults: []secretstest.Fault{{Kind: secretstest.ServerError, AmzRetry: "1500"}}, calls: exactly(2), check: waited(1500)},
		{name: "500 twice", faults: fault(secretstest.ServerError, 2), calls: exactly(3)},
		{name: "500 for ever", faults: fault(secretstest.ServerError, forever), timeout: "2s", code: 69, calls: between(3, 9), says: []string{"/app/prod", "HTTP 500 Internal Server Error, InternalServerError", "[server-error]"}},
		{name: "502, 503, 504 in HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 502}, {Kind: secretstest.HTML, Status: 503}, {Kind: secretstest.HTML, Status: 504}}, calls: exactly(4)},
		{name: "503 in HTML for ever", faults: fault(secretstest.HTML, forever), timeout: "2s", code: 69, calls: between(3, 9), says: []string{"HTTP 503 Service Unavailable", "[server-error]"}},
		{name: "500 without a body", faults: []secretstest.Fault{{Kind: secretstest.Raw, Status: 500}}, calls: exactly(2)},
		{name: "service unavailable as a 400", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "ServiceUnavailableException"}}, calls: exactly(2)},
		{name: "one after the other", faults: []secretstest.Fault{{Kind: secretstest.ServerError}, {Kind: secretstest.Close}, {Kind: secretstest.HTML}, {Kind: secretstest.Reset}, {Kind: secretstest.EmptyPage}}, calls: exactly(6)},
		{name: "by names, throttled", faults: fault(secretstest.Throttle, 1), args: []string{"--ssm-parameter", "key=/app/prod/key"}, calls: exactly(2), says: []string{"retrying", "ssm:GetParameters"}},
	}
}

// transportRows: connections break or stall.
func transportRows() []row {
	return []row{
		{name: "cut body", faults: fault(secretstest.Truncate, 1), calls: exactly(2)},
		{name: "reset in the body", faults: fault(secretstest.Reset, 1), calls: exactly(2)},
		{name: "closed before the headers", faults: fault(secretstest.Close, 2), calls: exactly(3)},
		{name: "closed for ever", faults: fault(secretstest.Close, forever), timeout: "2s", code: 69, calls: between(3, 12), says: []string{"/app/prod", "the connection ended before the answer did", "[connection]"}},
		{name: "one connection hangs", faults: fault(secretstest.Hang, 1), timeout: "6s", calls: exactly(2)},
		{name: "hangs for ever", faults: fault(secretstest.Hang, forever), timeout: "3s", code: 69, calls: between(1, 3), says: []string{"/app/prod", "no answer in time", "[timeout]"}},
		{name: "hangs in the body", faults: fault(secretstest.HangBody, 1), timeout: "6s", calls: exactly(2)},
		{name: "slow first byte", faults: []secretstest.Fault{{Kind: secretstest.Slow, Delay: ms(1000)}}, calls: exactly(1)},
		{name: "slow trickle", faults: []secretstest.Fault{{Kind: secretstest.Trickle, Delay: ms(1000)}}, calls: exactly(1)},
		{name: "one slow page of three", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.Slow, After: 1, Delay: ms(1000)}}, calls: exactly(3)},
		{name: "slow 503", faults: []secretstest.Fault{{Kind: secretstest.SlowError, Status: 503, Delay: ms(300)}}, calls: exactly(2)},
	}
}

// pageRows: answers that HTTP allows, and some of them AWS too.
func pageRows() []row {
	bad := func(name, kind string, words ...string) row {
		return row{name: name, faults: fault(kind, forever), code: 69, calls: exactly(4), says: append(words, "/app/prod", "[bad-response]")}
	}
	return []row{
		{name: "three pages", prepare: manyPages, calls: exactly(3), says: []string{"fetched parameters", "count=25", "calls=3"}},
		{name: "an empty page with a token", faults: fault(secretstest.EmptyPage, 1), calls: exactly(2)},
		{name: "five empty pages in the middle", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.EmptyPage, After: 1, Times: 5}}, calls: exactly(8)},
		{name: "empty pages without end", faults: fault(secretstest.EmptyPage, forever), code: 69, calls: between(20, 200), says: []string{"/app/prod", "empty pages in a row", "[endless-pagination]"}},
		{name: "the same token again", faults: fault(secretstest.RepeatToken, forever), code: 69, calls: exactly(2), says: []string{"/app/prod", "the token of a page came again", "[endless-pagination]"}},
		{name: "an empty token", faults: fault(secretstest.EmptyToken, 1), calls: exactly(1)},
		{name: "a token that goes stale", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.InvalidNextToken, After: 1}}, calls: exactly(5), says: []string{"reading the path again from its start"}},
		{name: "tokens that are never good", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.InvalidNextToken, Match: "NextToken", Times: forever}}, code: 69, calls: exactly(6), says: []string{"/app/prod", "[invalid-next-token]"}},
		{name: "one parameter on two pages", prepare: manyPages, faults: []secretstest.Fault{{Kind: secretstest.DuplicateName, After: 1}}, calls: exactly(3), says: []string{"fetched parameters", "count=25"}},
		{name: "unknown fields", faults: fault(secretstest.UnknownFields, 1), calls: exactly(1)},
		{name: "unknown type", faults: fault(secretstest.UnknownType, 1), calls: exactly(1)},
		{name: "wrong content type", faults: fault(secretstest.WrongContent, 1), calls: exactly(1)},
		{name: "no value, once", faults: fault(secretstest.MissingValue, 1), calls: exactly(2)},
		bad("no value", secretstest.MissingValue, "/app/prod/key without a value"),
		bad("no name", secretstest.MissingName, "a parameter without a name"),
		bad("a captive portal", secretstest.NotJSON, "not Parameter Store's JSON"),
		bad("no body", secretstest.NoBody),
		{name: "cut JSON, once", faults: []secretstest.Fault{{Kind: secretstest.Raw, Body: `{"Parameters":[{"Name":"/a`}}, calls: exactly(2)},
		{name: "the value where the list belongs", faults: []secretstest.Fault{{Kind: secretstest.Raw, Times: forever, Body: `{"Parameters":"` + canary + `"}`}}, code: 69, calls: exactly(4), says: []string{"[bad-response]"}},
		{name: "403 of a proxy in HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 403, Times: forever}}, code: 69, calls: exactly(4), says: []string{"/app/prod", "HTTP 403 Forbidden", "not Parameter Store's", "[bad-response]"}},
		{name: "404 in HTML", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 404, Times: forever}}, code: 69, calls: exactly(4), says: []string{"HTTP 404 Not Found", "[bad-response]"}},
		{name: "a redirect", faults: []secretstest.Fault{{Kind: secretstest.HTML, Status: 302, Times: forever}}, code: 69, calls: exactly(4), says: []string{"HTTP 302", "[bad-response]"}},
	}
}

// refusalRows: AWS refuses. tsboot asks once, except where new credentials may help.
func refusalRows() []row {
	no := func(name, kind, code string, words ...string) row {
		return row{name: name, faults: fault(kind, forever), code: 77, calls: exactly(1), says: append(words, "/app/prod", "us-east-1", "["+code+"]")}
	}
	clock := no("the clock is wrong", secretstest.ClockSkew, "clock-skew", "Signature expired", "set the host's clock")
	clock.calls = exactly(3)
	validation := no("validation", secretstest.Validation, "validation", "ValidationException")
	validation.code = 64
	second := no("denied on the second page", secretstest.AccessDenied, "ssm-access-denied")
	second.prepare, second.faults, second.calls = manyPages, []secretstest.Fault{{Kind: secretstest.AccessDenied, After: 1}}, exactly(2)
	return []row{
		no("denied", secretstest.AccessDenied, "ssm-access-denied", "allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod ", "assumed-role/task"),
		second,
		{name: "denied by name", faults: fault(secretstest.AccessDenied, forever), args: []string{"--ssm-parameter", "/app/prod/key"}, code: 77, calls: exactly(1), says: []string{"allow ssm:GetParameters on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod/key ", "[ssm-access-denied]"}},
		no("KMS denies", secretstest.KMSAccessDenied, "kms-access-denied", "kms:Decrypt"),
		{name: "KMS denies, in IAM's words", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "AccessDeniedException", Message: "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based policy allows the kms:Decrypt action"}}, code: 77, calls: exactly(1), says: []string{"allow kms:Decrypt on arn:aws:kms:us-east-1:1:key/k ", "[kms-access-denied]"}},
		no("the key is disabled", secretstest.KMSKeyDisabled, "kms-key-disabled", "key/1234abcd", "enable the key"),
		no("the key is pending deletion", secretstest.KMSPendingDeletion, "kms-key-pending-deletion", "key/1234abcd", "cancel the deletion"),
		no("the key is gone", secretstest.KMSKeyNotFound, "kms-key-not-found", "key/1234abcd", "does not exist"),
		no("the key is invalid, without a word", secretstest.KMSInvalidKeyID, "kms-key-invalid", "InvalidKeyId", "state of the key"),
		no("expired static credentials", secretstest.ExpiredToken, "expired-token", "AWS_SESSION_TOKEN", "credentials from environment"),
		no("unrecognized client", secretstest.UnrecognizedClient, "invalid-token", "AWS_ACCESS_KEY_ID"),
		no("invalid client token", secretstest.InvalidClientToken, "invalid-token", "AWS_ACCESS_KEY_ID"),
		no("missing token", secretstest.MissingToken, "invalid-token", "MissingAuthenticationToken"),
		no("wrong signature", secretstest.InvalidSignature, "bad-signature", "AWS_SECRET_ACCESS_KEY"),
		clock,
		{name: "the clock is wrong, and is corrected", faults: fault(secretstest.ClockSkew, 1), calls: exactly(2)},
		validation,
		no("the region is not enabled", secretstest.OptInRequired, "aws-refused", "OptInRequired"),
		no("unknown operation", secretstest.UnknownOperation, "aws-refused", "UnknownOperationException"),
		no("serialization", secretstest.SerializationFailed, "aws-refused", "SerializationException"),
		{name: "a refusal nobody knows", faults: []secretstest.Fault{{Kind: secretstest.Custom, Code: "BrandNewException", Message: "no\nway\x1b[31m"}}, code: 77, calls: exactly(1), says: []string{"BrandNewException: no way", "[aws-refused]"}, never: []string{"\x1b"}},
	}
}
