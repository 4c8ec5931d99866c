package secrets

import "strings"

// The texts of references. What a reference names is for its source to say:
// package ssm.
const (
	// SecretsManagerPrefix is how Parameter Store names a secret of Secrets Manager.
	SecretsManagerPrefix = "/aws/reference/secretsmanager/"
	// EnvScheme marks the value of a variable as a reference.
	EnvScheme = "ssm://"
)

// nearRef is what people write who mean ssm://REF: another case, slashes too
// many or too few, blanks, quotes or the braces of CloudFormation around it.
var nearRef = LazyRegexp(`^[\s"'` + "`" + `{<(]*(resolve:)?(aws-?)?ssm(-secure)?\s*(:|//|;//)`)

// NearEnvRef says whether the value of a variable looks like a reference and is
// not one.
func NearEnvRef(value string) bool {
	return !strings.HasPrefix(value, EnvScheme) && nearRef().MatchString(strings.ToLower(value))
}
