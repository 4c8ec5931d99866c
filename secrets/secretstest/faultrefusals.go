package secretstest

// refused is a row that AWS answers with a refusal: the client asks once.
func refused(name, code string, f Fault, words ...string) FaultRow {
	f.Times = Forever
	return FaultRow{Name: name, Faults: []Fault{f}, Calls: 1, Kind: "denied", Code: code, Words: append(words, FaultPath, "us-east-1")}
}

func requestRefusals() []FaultRow {
	second := refused("access denied on the second page", "ssm-access-denied", Fault{Kind: AccessDenied, After: 1})
	second.Calls = 2
	validation := refused("validation", "validation", Fault{Kind: Validation}, "ValidationException")
	validation.Kind = "usage"
	return []FaultRow{
		onBinary(refused("access denied", "ssm-access-denied", Fault{Kind: AccessDenied}, "allow ssm:GetParametersByPath on arn:aws:ssm:us-east-1:111122223333:parameter/app/prod ", "assumed-role/task")),
		second,
		onBinary(validation),
		refused("opt-in required", "aws-refused", Fault{Kind: OptInRequired}, "OptInRequired"),
		refused("unknown operation", "aws-refused", Fault{Kind: UnknownOperation}, "UnknownOperationException"),
		refused("serialization", "aws-refused", Fault{Kind: SerializationFailed}, "SerializationException"),
		onBinary(refused("a new refusal", "aws-refused", Fault{Kind: Custom, Code: "BrandNewException", Message: "no\nway\x00\x1b[31m"}, "BrandNewException: no way")),
	}
}

func kmsRefusals() []FaultRow {
	const inIAMsWords = "User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based policy allows the kms:Decrypt action"
	return []FaultRow{
		refused("kms access denied", "kms-access-denied", Fault{Kind: KMSAccessDenied}, "kms:Decrypt"),
		onBinary(refused("kms denied in IAM's words", "kms-access-denied", Fault{Kind: Custom, Code: "AccessDeniedException", Message: inIAMsWords}, "allow kms:Decrypt on arn:aws:kms:us-east-1:1:key/k ")),
		onBinary(refused("key disabled", "kms-key-disabled", Fault{Kind: KMSKeyDisabled}, "arn:aws:kms", "key/1234abcd", "enable the key")),
		refused("key pending deletion", "kms-key-pending-deletion", Fault{Kind: KMSPendingDeletion}, "key/1234abcd", "cancel the deletion"),
		refused("key not found", "kms-key-not-found", Fault{Kind: KMSKeyNotFound}, "key/1234abcd", "does not exist"),
		refused("key invalid", "kms-key-invalid", Fault{Kind: KMSInvalidKeyID}, "InvalidKeyId", "state of the key"),
	}
}

func credentialRefusals() []FaultRow {
	clock := refused("clock skew", "clock-skew", Fault{Kind: ClockSkew}, "Signature expired", "set the host's clock")
	clock.Calls = 3
	return []FaultRow{
		refused("expired static credentials", "expired-token", Fault{Kind: ExpiredToken}, "AWS_SESSION_TOKEN"),
		refused("unrecognized client", "invalid-token", Fault{Kind: UnrecognizedClient}, "AWS_ACCESS_KEY_ID"),
		refused("invalid client token", "invalid-token", Fault{Kind: InvalidClientToken}, "AWS_ACCESS_KEY_ID"),
		refused("missing token", "invalid-token", Fault{Kind: MissingToken}, "MissingAuthenticationToken"),
		onBinary(refused("bad signature", "bad-signature", Fault{Kind: InvalidSignature}, "AWS_SECRET_ACCESS_KEY")),
		passing("clock skew once", 3, Fault{Kind: ClockSkew}),
		onBinary(clock),
	}
}
