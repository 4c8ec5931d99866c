package faulttable

import "github.com/tsboot/tsboot/secrets/secretstest"

// refused is a row that AWS answers with a refusal: the client asks once.
func refused(name, code string, f secretstest.Fault, words ...string) Row {
	f.Times = secretstest.Forever
	return Row{Name: name, Faults: []secretstest.Fault{f}, Calls: 1, Kind: "denied", Code: code, Words: append(words, Path, "us-east-1")}
}

func requestRefusals() []Row {
	second := refused("access denied on the second page", "ssm-access-denied", secretstest.Fault{Kind: secretstest.AccessDenied, After: 1})
	second.Calls = 2
	validation := refused("validation", "validation", secretstest.Fault{Kind: secretstest.Validation}, "ValidationException")
	validation.Kind = "usage"
	return []Row{
		onBinary(refused("access denied", "ssm-access-denied", secretstest.Fault{Kind: secretstest.AccessDenied}, "allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod ", "assumed-role/task")),
		second,
		onBinary(validation),
		refused("opt-in required", "aws-refused", secretstest.Fault{Kind: secretstest.OptInRequired}, "OptInRequired"),
		refused("unknown operation", "aws-refused", secretstest.Fault{Kind: secretstest.UnknownOperation}, "UnknownOperationException"),
		refused("serialization", "aws-refused", secretstest.Fault{Kind: secretstest.SerializationFailed}, "SerializationException"),
		onBinary(refused("a new refusal", "aws-refused", secretstest.Fault{Kind: secretstest.Custom, Code: "BrandNewException", Message: "no\nway\x00\x1b[31m"}, "BrandNewException: no way")),
	}
}

func kmsRefusals() []Row {
	const inIAMsWords = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based policy allows the kms:Decrypt action"
	return []Row{
		refused("kms access denied", "kms-access-denied", secretstest.Fault{Kind: secretstest.KMSAccessDenied}, "kms:Decrypt"),
		onBinary(refused("kms denied in IAM's words", "kms-access-denied", secretstest.Fault{Kind: secretstest.Custom, Code: "AccessDeniedException", Message: inIAMsWords}, "allow kms:Decrypt on arn:aws:kms:us-east-1:1:key/k ")),
		onBinary(refused("key disabled", "kms-key-disabled", secretstest.Fault{Kind: secretstest.KMSKeyDisabled}, "arn:aws:kms", "key/1234abcd", "enable the key")),
		refused("key pending deletion", "kms-key-pending-deletion", secretstest.Fault{Kind: secretstest.KMSPendingDeletion}, "key/1234abcd", "cancel the deletion"),
		refused("key not found", "kms-key-not-found", secretstest.Fault{Kind: secretstest.KMSKeyNotFound}, "key/1234abcd", "does not exist"),
		refused("key invalid", "kms-key-invalid", secretstest.Fault{Kind: secretstest.KMSInvalidKeyID}, "InvalidKeyId", "state of the key"),
	}
}

func credentialRefusals() []Row {
	clock := refused("clock skew", "clock-skew", secretstest.Fault{Kind: secretstest.ClockSkew}, "Signature expired", "set the host's clock")
	clock.Calls = 3
	return []Row{
		refused("expired static credentials", "expired-token", secretstest.Fault{Kind: secretstest.ExpiredToken}, "AWS_SESSION_TOKEN"),
		refused("unrecognized client", "invalid-token", secretstest.Fault{Kind: secretstest.UnrecognizedClient}, "AWS_ACCESS_KEY_ID"),
		refused("invalid client token", "invalid-token", secretstest.Fault{Kind: secretstest.InvalidClientToken}, "AWS_ACCESS_KEY_ID"),
		refused("missing token", "invalid-token", secretstest.Fault{Kind: secretstest.MissingToken}, "MissingAuthenticationToken"),
		onBinary(refused("bad signature", "bad-signature", secretstest.Fault{Kind: secretstest.InvalidSignature}, "AWS_SECRET_ACCESS_KEY")),
		passing("clock skew once", 3, secretstest.Fault{Kind: secretstest.ClockSkew}),
		onBinary(clock),
	}
}
