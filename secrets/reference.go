package secrets

import "strings"

// The texts of references. Package ssm reads what they name.
const (
	// SecretsManagerPrefix is how Parameter Store names a secret of Secrets Manager.
	SecretsManagerPrefix = "/aws/reference/secretsmanager/"
	// EnvScheme marks the value of a variable as a reference.
	EnvScheme = "ssm://"
)

// nearRef matches mistakes for ssm://REF: another case, too many or too few
// slashes, blanks, quotes or the braces of CloudFormation around it.
var nearRef = LazyRegexp(`^[\s"'` + "`" + `{<(]*(resolve:)?(aws-?)?ssm(-secure)?\s*(:|//|;//)`)

// NearEnvRef says whether the value of a variable looks like a reference but is
// not one.
func NearEnvRef(value string) bool {
	return !strings.HasPrefix(value, EnvScheme) && nearRef().MatchString(strings.ToLower(value))
}
