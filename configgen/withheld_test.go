package configgen

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
)

// notCredentials are the variables of the SDK from which it takes no credential.
// They reach the agent.
var notCredentials = map[string]string{
	"AWS_REGION": "region", "AWS_DEFAULT_REGION": "region",
	"AWS_ENDPOINT_URL": "endpoint", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "endpoint", "AWS_USE_DUALSTACK_ENDPOINT": "endpoint",
	"AWS_USE_FIPS_ENDPOINT": "endpoint", "AWS_ENABLE_ENDPOINT_DISCOVERY": "endpoint", "AWS_ACCOUNT_ID_ENDPOINT_MODE": "endpoint",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT": "endpoint", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "endpoint",
	"AWS_EC2_METADATA_DISABLED": "switch", "AWS_EC2_METADATA_V1_DISABLED": "switch",
	"AWS_PROFILE": "the name of a profile", "AWS_DEFAULT_PROFILE": "the name of a profile",
	"AWS_CONFIG_FILE": "settings, the region among them", "AWS_CA_BUNDLE": "settings", "AWS_RESTRICT_FILE_PERMISSIONS": "settings",
	"AWS_ROLE_ARN": "a name; the token for it is withheld", "AWS_ROLE_SESSION_NAME": "a name", "AWS_ACCOUNT_ID": "a name", "AWS_SDK_UA_APP_ID": "a name",
	"AWS_EXECUTION_ENV": "what the process runs in", "AWS_DEFAULTS_MODE": "settings", "AWS_MAX_ATTEMPTS": "settings", "AWS_RETRY_MODE": "settings",
	"AWS_DISABLE_REQUEST_COMPRESSION": "settings", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "settings",
	"AWS_DISABLE_CLOCK_SKEW_CORRECTION": "settings", "AWS_AUTH_SCHEME_PREFERENCE": "settings",
	"AWS_REQUEST_CHECKSUM_CALCULATION": "settings", "AWS_RESPONSE_CHECKSUM_VALIDATION": "settings",
	"AWS_S3_USE_ARN_REGION": "settings", "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "settings", "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "settings",
}

// TestWithheldHoldsTheSDKsNames: every variable that the SDK's own source names
// is withheld or known to hold no credential. A new one fails here until somebody
// has decided.
func TestWithheldHoldsTheSDKsNames(t *testing.T) {
	t.Parallel()
	names := sdkVariables(t, "github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/credentials")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_KEY", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_REGION"} {
		if !slices.Contains(names, name) {
			t.Fatalf("%s was not found in the SDK's source: %v", name, names)
		}
	}
	for _, name := range names {
		withheld, why := profile.MatchAny(withheldAlways, name), notCredentials[name]
		if withheld == (why != "") {
			t.Errorf("%s: withheld %v, and said to be no credential: %q", name, withheld, why)
		}
	}
	for name := range maps.Keys(notCredentials) {
		if !slices.Contains(names, name) {
			t.Errorf("%s: the SDK does not read it any more", name)
		}
	}
	for _, glob := range withheldAlways {
		if strings.HasPrefix(glob, "AWS_") && !slices.ContainsFunc(names, func(name string) bool { return profile.MatchAny([]string{glob}, name) }) {
			t.Errorf("%s: the SDK reads no such variable", glob)
		}
	}
}

var sdkVariable = regexp.MustCompile(`^AWS_[A-Z0-9_]*[A-Z0-9]$`)

// sdkVariables finds the names of variables in the source of modules: their
// constants are not exported, so the source is read.
func sdkVariables(t *testing.T, modules ...string) []string {
	t.Helper()
	names := map[string]bool{}
	for _, module := range modules {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			t.Fatalf("find the source of %s: %v", module, err)
		}
		err = filepath.WalkDir(strings.TrimSpace(string(dir)), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := goparser.ParseFile(token.NewFileSet(), path, nil, goparser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if s, err := strconv.Unquote(literal.Value); err == nil && sdkVariable.MatchString(s) {
						names[s] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestWithheldInEveryProfile: what the SDK takes credentials from reaches no
// agent, and names of regions and endpoints do; exec withholds TSBOOT_* alone.
func TestWithheldInEveryProfile(t *testing.T) {
	t.Parallel()
	var environ []string
	credentials := []string{"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"}
	settings := []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM", "AWS_ROLE_ARN"}
	for _, name := range slices.Concat(credentials, settings) {
		environ = append(environ, name+"=x")
	}
	mine := parsed(t, "run: {argv: [x]}")
	e, err := resolve(t, mine, nil).Environment(append(environ, "TSBOOT_SSM_PATH=/x"), EnvOptions{})
	if err != nil || !slices.Equal(e.Withheld, append(slices.Clone(credentials), "TSBOOT_SSM_PATH")) || len(e.Env) != len(settings) {
		t.Errorf("%v %q %q", err, e.Withheld, e.Env)
	}
	program, _ := profile.Builtin("exec")
	e, err = resolve(t, program, nil).Environment(append(environ, "TSBOOT_SSM_PATH=/x"), EnvOptions{})
	if err != nil || !slices.Equal(e.Withheld, []string{"TSBOOT_SSM_PATH"}) || !slices.Equal(e.Env, environ) {
		t.Errorf("exec: %v %q %q", err, e.Withheld, e.Env)
	}
}
