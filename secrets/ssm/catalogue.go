package ssm

import (
	"slices"

	"github.com/tsboot/tsboot/secrets"
)

// Codes of the catalogue. They are part of the interface: scripts match them.
const (
	CodeBadPath      = "bad-path"
	CodeBadReference = "bad-reference"
	CodeBadRequest   = "bad-request"
	CodeNoRegion     = "no-region"
	CodeBadRegion    = "bad-region"
	CodeAWSConfig    = "aws-config"
	CodeValidation   = "validation"

	CodeNoCredentials       = "no-credentials"
	CodeBadKeys             = "bad-credentials"
	CodeCredentialsRefused  = "credentials-refused"
	CodeCredentialsEndpoint = "credentials-endpoint"
	CodeAccessDenied        = "ssm-access-denied"
	CodeKMSAccessDenied     = "kms-access-denied"
	CodeKMSDisabled         = "kms-key-disabled"
	CodeKMSPendingDeletion  = "kms-key-pending-deletion"
	CodeKMSNotFound         = "kms-key-not-found"
	CodeKMSInvalid          = "kms-key-invalid"
	CodeExpiredToken        = "expired-token"
	CodeInvalidToken        = "invalid-token"
	CodeBadSignature        = "bad-signature"
	CodeClockSkew           = "clock-skew"
	CodeRefused             = "aws-refused"

	CodeThrottled         = "throttled"
	CodeServerError       = "server-error"
	CodeDNS               = "dns"
	CodeConnectRefused    = "connect-refused"
	CodeConnection        = "connection"
	CodeTLS               = "tls"
	CodeTimeout           = "timeout"
	CodeProxy             = "proxy"
	CodeBadResponse       = "bad-response"
	CodeInvalidNextToken  = "invalid-next-token"
	CodeEndlessPagination = "endless-pagination"
	CodeFactUnavailable   = "fact-unavailable"

	CodeNotFound       = "parameter-not-found"
	CodeEmptyPath      = "empty-path"
	CodeAnswerTooLarge = "answer-too-large"
	CodeFileTooLarge   = "file-too-large"
	CodeFactMissing    = "fact-missing"
)

// Catalogue is every code of this package, in the order of the documentation.
func Catalogue() secrets.Entries { return slices.Clone(catalogue) }

// newError fills in kind and fix from the catalogue.
func newError(code, op, resource, detail string) *secrets.Error {
	return catalogue.New(code, op, resource, detail)
}

func entry(code string, kind secrets.Kind, seen, cause, do string) secrets.Entry {
	return secrets.Entry{Code: code, Kind: kind, Seen: seen, Cause: cause, Do: do}
}

var catalogue = secrets.Entries{
	// A wrong flag or variable.
	entry(CodeBadPath, secrets.Usage, "a path that Parameter Store does not allow",
		"a missing leading slash, a character other than letters, digits and _.-, more than 15 levels",
		"write the path as /app/prod"),
	entry(CodeBadReference, secrets.Usage, "a reference that is not a name, an ARN or /aws/reference/secretsmanager/ID",
		"a misspelt ARN, an empty version or label, an empty key after #",
		"write [NAME=]REF with REF a name, an ARN, name:version, name:label or /aws/reference/secretsmanager/ID, and #key for one key of a JSON value"),
	entry(CodeBadRequest, secrets.Usage, "flags that do not go together",
		"a splay as long as the deadline, a label that Parameter Store does not allow",
		"correct the flags"),
	entry(CodeNoRegion, secrets.Usage, "no region in flag, environment, shared config file, task metadata or instance metadata",
		"an ECS agent older than 1.104.0 sets no AWS_REGION, and the metadata endpoint did not answer",
		"set --region or AWS_REGION, or see why the metadata endpoints that are named do not answer"),
	entry(CodeBadRegion, secrets.Usage, "a region whose name no region can have",
		"white space or a zone (us-east-1a) where a region (us-east-1) belongs",
		"correct --region or AWS_REGION"),
	entry(CodeAWSConfig, secrets.Usage, "the SDK cannot read its configuration",
		"AWS_PROFILE names a profile that is not there, AWS_CA_BUNDLE a file that is not, a variable has a value it cannot have",
		"correct the AWS_* variable or the file that is named"),
	entry(CodeValidation, secrets.Usage, "Parameter Store calls the request malformed",
		"a path, name, label or version that it does not allow",
		"correct the path or reference"),
	entry(CodeFileTooLarge, secrets.Usage, "a configuration, credentials, token or CA file of the SDK that is larger than such a file can be (1 MiB, CA certificates 8 MiB)",
		"an AWS_* variable that names another file, or a device",
		"correct the variable or the file"),

	// AWS refused.
	entry(CodeNoCredentials, secrets.Denied, "nothing gives AWS credentials",
		"no task role; with host networking an ECS agent without ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true; no instance profile, or a metadata hop limit of 1 under bridge networking; an AWS_* variable that is set but empty; an AWS_PROFILE without credentials",
		"set taskRoleArn in the task definition (with host networking also ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true on the ECS agent), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the instance a profile and, for containers under bridge networking, a metadata hop limit of 2"),
	entry(CodeBadKeys, secrets.Denied, "a key or token with white space, a line break or a control character, which is never shown",
		"a key that was pasted or stored with its newline",
		"store it without"),
	entry(CodeCredentialsRefused, secrets.Denied, "the provider of credentials refuses to give any",
		"the role's trust policy does not let this task, pod or instance assume it; a web identity or SSO token is out of date; a token file is not the one the endpoint wants",
		"look at the trust policy of the role and at the token"),
	entry(CodeAccessDenied, secrets.Denied, "AccessDeniedException from Parameter Store",
		"no policy of the role allows the action on that resource, or one denies it; ECS reads parameters here with the task role, not the execution role",
		"allow the action on that resource"),
	entry(CodeKMSAccessDenied, secrets.Denied, "AccessDeniedException that names KMS",
		"a SecureString is encrypted with a key that the role may not use: no kms:Decrypt in its policy, or the key's own policy does not let it",
		"allow kms:Decrypt on the key that encrypts the parameters, in the role's policy and in the key's"),
	entry(CodeKMSDisabled, secrets.Denied, "InvalidKeyId: the key is disabled",
		"somebody disabled the KMS key that encrypts a SecureString",
		"enable the key, or write the parameters again with another key"),
	entry(CodeKMSPendingDeletion, secrets.Denied, "InvalidKeyId: the key is pending deletion",
		"the KMS key that encrypts a SecureString is scheduled to be deleted",
		"cancel the deletion and enable the key at once: what it encrypts is lost with it"),
	entry(CodeKMSNotFound, secrets.Denied, "InvalidKeyId: the key does not exist",
		"the KMS key that encrypts a SecureString was deleted",
		"write the parameters again with a key that exists: the old values are lost"),
	entry(CodeKMSInvalid, secrets.Denied, "InvalidKeyId for another reason",
		"the KMS key that encrypts a SecureString cannot be used: pending import, a replica without its primary, a key store that is disconnected",
		"look at the state of the key that encrypts the parameters"),
	entry(CodeExpiredToken, secrets.Denied, "ExpiredTokenException, also with fresh credentials or with ones that cannot be renewed",
		"temporary credentials were put into AWS_SESSION_TOKEN by hand, or the endpoint keeps giving old ones",
		"remove AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN so that the role is used, or renew them"),
	entry(CodeInvalidToken, secrets.Denied, "UnrecognizedClientException or InvalidClientTokenId",
		"the access key does not exist or was deactivated, belongs to another partition, lacks its session token, or the region is one the account has not enabled",
		"check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, that they belong to the region's partition, and that the account has enabled the region"),
	entry(CodeBadSignature, secrets.Denied, "InvalidSignatureException",
		"the secret access key does not belong to the access key (a pasted newline, a cut end), or a proxy changes requests",
		"check AWS_SECRET_ACCESS_KEY (its beginning and end), and any proxy on the way"),
	entry(CodeClockSkew, secrets.Denied, "a signature that is expired or not yet good, also after correction",
		"the clock of the host is wrong by more than five minutes",
		"set the host's clock (chrony, Amazon Time Sync)"),
	entry(CodeRefused, secrets.Denied, "another refusal by AWS",
		"the account, the service or the endpoint does not allow the call",
		"see what AWS answered"),

	// No answer before the deadline.
	entry(CodeCredentialsEndpoint, secrets.Unavailable, "the endpoint that gives credentials does not, until the deadline",
		"the ECS agent or the EKS pod identity agent is down, starting, overloaded, or kept away by a firewall rule; this is not Parameter Store",
		"look at the agent on this host that serves the endpoint, and at firewall rules before it"),
	entry(CodeThrottled, secrets.Unavailable, "ThrottlingException until the deadline",
		"more hosts ask at once than the account's quota for GetParametersByPath lets through (40 calls a second by default, shared with all callers)",
		"spread the start with --splay, ask by name with --ssm-fetch names, raise --fetch-timeout, or turn on higher throughput in Parameter Store's settings"),
	entry(CodeServerError, secrets.Unavailable, "answers of 5xx until the deadline",
		"an outage of the service or of something in front of it",
		"wait, or see the AWS Health Dashboard for the region"),
	entry(CodeDNS, secrets.Unavailable, "the endpoint's name cannot be resolved",
		"a region that does not exist, no resolver in the container, a VPC without DNS support, a misspelt AWS_ENDPOINT_URL_SSM",
		"check the region's name, the resolver, the DNS support of the VPC, and any AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SSM"),
	entry(CodeConnectRefused, secrets.Unavailable, "nothing accepts connections at the endpoint's address",
		"AWS_ENDPOINT_URL_SSM points where nothing listens, or a firewall rejects",
		"check any AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SSM, firewall and security group"),
	entry(CodeConnection, secrets.Unavailable, "connections are lost or cannot be made",
		"no route (a VPC without NAT or an endpoint for ssm), a firewall or proxy that cuts connections",
		"check the route to the endpoint: NAT, or a VPC endpoint for ssm (and sts, kms where they are used), and what firewall or proxy is on the way"),
	entry(CodeTLS, secrets.Unavailable, "the endpoint's certificate is not accepted",
		"no CA certificates in the image, a proxy that terminates TLS with its own CA, a wrong clock, the wrong host behind a custom endpoint",
		"put the CA into the image or name it with AWS_CA_BUNDLE, and check the host's clock and the host of a custom endpoint"),
	entry(CodeTimeout, secrets.Unavailable, "no answer in time",
		"packets are dropped (a security group, a missing VPC endpoint), or the service is very slow",
		"check that security group and VPC (NAT, a VPC endpoint for ssm) let this host reach that host and port"),
	entry(CodeProxy, secrets.Unavailable, "the proxy does not let the call through",
		"HTTPS_PROXY names a proxy that is down, wants a password or does not allow the host",
		"check HTTPS_PROXY and its password, or put the endpoint's host into NO_PROXY"),
	entry(CodeBadResponse, secrets.Unavailable, "an answer that is not Parameter Store's",
		"something else answers in its place: a captive portal, a proxy, an emulator; or AWS_ENDPOINT_URL_SSM points elsewhere",
		"check what answers at the endpoint: a captive portal, a proxy, an emulator, or another host than AWS_ENDPOINT_URL_SSM should name"),
	entry(CodeInvalidNextToken, secrets.Unavailable, "InvalidNextToken also when read again from the start",
		"the service or an emulator does not know its own token",
		"try again"),
	entry(CodeEndlessPagination, secrets.Unavailable, "the listing does not end: a page token comes again",
		"a fault of the service or an emulator",
		"try again; report it to the operator of the endpoint"),
	entry(CodeFactUnavailable, secrets.Unavailable, "what the profile takes a fact from (${ecs.cluster}, ${host.instance-id}, ...) does not answer, until the deadline",
		"the ECS agent or the instance metadata service is down, starting or kept away by a firewall rule; a metadata hop limit of 1 under bridge networking; something else answers there",
		"look at what serves that address or file on this host, and at firewall rules before it"),

	// A parameter is missing, ambiguous or not what it should be.
	entry(CodeNotFound, secrets.Invalid, "a parameter that was named does not exist",
		"a misspelt name, another region or account, a version or label that it does not have",
		"check name, version or label, region and account"),
	entry(CodeEmptyPath, secrets.Invalid, "nothing is below the path",
		"another region or account than the one the parameters are in, a misspelt path, a path that is itself the parameter, a label that no version has",
		"check the path, the region and the account; a path that is itself a parameter belongs to --ssm-parameter"),
	entry(CodeAnswerTooLarge, secrets.Invalid, "an answer that is larger than any that the service gives (2 MiB of Parameter Store, 1 MiB of any other, 64 MiB below one path), decompressed; it is not asked again",
		"something else answers in the service's place, or a path names far more than one agent's parameters",
		"check what answers at the endpoint, or choose a narrower path"),
	entry(CodeFactMissing, secrets.Invalid, "the profile uses a fact (${ecs.cluster}, ${host.instance-id}, ...) that is not to be had here",
		"tsboot does not run in ECS or not on EC2, the ECS agent writes no metadata file (ECS_ENABLE_CONTAINER_METADATA), AWS_EC2_METADATA_DISABLED is true, the metadata does not have that key",
		"run it where the fact exists, or have the profile take a parameter instead"),
}
