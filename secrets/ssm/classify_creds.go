package ssm

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"
)

// A credentialsError is a failure to get credentials, not a failure of the call
// that needs them.
type credentialsError struct {
	environment environment
	err         error
}

func (e *credentialsError) Error() string { return "get credentials: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// diagnose separates three cases: nothing gives credentials, the endpoint does not
// answer, the endpoint refuses.
func (e *credentialsError) diagnose() finding {
	if f, ok := wrongInput(e.err); ok {
		return f
	}
	var empty *credentials.StaticCredentialsEmptyError
	if errors.As(e.err, &empty) {
		return e.none(Permanent, "the credentials in the environment are incomplete")
	}
	var op *smithy.OperationError
	if errors.As(e.err, &op) && op.ServiceID == imds.ServiceID {
		return e.instance()
	}
	if where := e.environment.credentialsEndpoint(); where != "" {
		return e.endpoint(where)
	}
	f := diagnose(e.err)
	f.detail = e.environment.named(f.detail, "AWS_WEB_IDENTITY_TOKEN_FILE")
	if f.class == Permanent || f.class == Expired || f.code == CodeAWSConfig {
		f.class, f.code = Permanent, CodeCredentialsRefused
		return f
	}
	f.code = CodeCredentialsEndpoint
	return f
}

// endpoint is a failure of the container credentials endpoint. It answers 404 as
// long as the ECS agent does not know the task.
func (e *credentialsError) endpoint(where string) finding {
	if f, ok := wrongInput(e.environment.checkToken()); ok {
		return f
	}
	status := httpStatus(e.err)
	var api smithy.APIError
	if errors.As(e.err, &api) && status != 0 {
		f := finding{class: Local, code: CodeCredentialsEndpoint, detail: where + " answered " + httpText(status)}
		if text := oneLine(api.ErrorMessage()); text != "" && status < 500 {
			f.detail += ": " + text
		}
		if status >= 400 && status < 500 && status != http.StatusNotFound && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
			f.class, f.code = Permanent, CodeCredentialsRefused
		}
		return f
	}
	var protocol *protocolError
	if errors.As(e.err, &protocol) {
		return finding{class: Local, code: CodeCredentialsEndpoint, detail: where + " answered " + protocol.Error()}
	}
	f := diagnoseNetwork(e.err)
	if f.code == CodeAWSConfig { // the token file, for one
		detail := e.environment.named(f.detail, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
		return finding{class: Limited, code: CodeCredentialsRefused, detail: detail}
	}
	return finding{class: Local, code: CodeCredentialsEndpoint, detail: where + ": " + f.detail}
}

// instance is a failure of the instance metadata service. It is asked if nothing
// else is set up: if it is not there, there are no credentials.
func (e *credentialsError) instance() finding {
	status := httpStatus(e.err)
	var api *smithy.GenericAPIError
	switch {
	case status == http.StatusNotFound:
		return e.none(Permanent, "no variable names credentials, and the instance has no role")
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return e.none(Permanent, "no variable names credentials, and the instance metadata service answered "+httpText(status))
	case status != 0:
		return finding{class: Local, code: CodeCredentialsEndpoint, detail: "the instance metadata service answered " + httpText(status)}
	case errors.As(e.err, &api):
		return finding{class: Permanent, code: CodeCredentialsRefused, detail: "the instance metadata service answered " + answered(api.Code, api.Message, 0)}
	case e.environment.noInstanceMetadata():
		return e.none(Permanent, "no variable names credentials, and AWS_EC2_METADATA_DISABLED is true")
	}
	return e.none(Limited, "no variable names credentials, and there is no instance metadata service to ask")
}

// none is a finding without any credentials, with a fix for what is set here.
func (e *credentialsError) none(class Class, detail string) finding {
	f := finding{class: class, code: CodeNoCredentials, detail: detail}
	env := e.environment
	switch {
	case env.get("AWS_ACCESS_KEY_ID") != "" && env.get("AWS_SECRET_ACCESS_KEY") == "":
		f.fix = "AWS_ACCESS_KEY_ID is set, set AWS_SECRET_ACCESS_KEY too"
	case env.get("AWS_ACCESS_KEY_ID") == "" && env.get("AWS_SECRET_ACCESS_KEY") != "":
		f.fix = "AWS_SECRET_ACCESS_KEY is set, set AWS_ACCESS_KEY_ID too"
	case env.inTask():
		f.fix = "set taskRoleArn in the task definition; with host networking also ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=true on the ECS agent; for the instance's role under bridge networking, a metadata hop limit of 2"
	}
	var hints []string
	for _, name := range credentialVariables {
		if env.isEmpty(name) {
			hints = append(hints, name+" is set but empty")
		}
	}
	if profile := firstSet(env, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"); profile != "" {
		hints = append(hints, fmt.Sprintf("the profile %q of AWS_PROFILE gives no credentials", profile))
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		if path := env.get(name); path != "" {
			if _, err := os.Stat(path); err != nil {
				hints = append(hints, fmt.Sprintf("%s: %s: %s", name, path, plainPathError(err)))
			}
		}
	}
	if len(hints) > 0 {
		f.detail += "; " + strings.Join(hints, "; ")
	}
	return f
}

// named puts the variable before a detail about its file.
func (e environment) named(detail, variable string) string {
	if path := e.get(variable); path != "" && strings.Contains(detail, path) {
		return variable + ": " + detail
	}
	return detail
}

// credentialVariables give credentials, or name a place that does.
var credentialVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
	relativeURI, fullURI,
}

func firstSet(env environment, names ...string) string {
	for _, name := range names {
		if value := env.get(name); value != "" {
			return value
		}
	}
	return ""
}
