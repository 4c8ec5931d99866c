package ssm

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets"
)

// check refuses variables that can never work. The SDK ignores some of them,
// reports others as faults of the network, and names few.
func (e environment) check() error {
	for _, check := range []func() error{e.checkWords, e.checkEndpoints, e.checkCredentialsURI, e.checkFiles, e.checkCA} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// wrongVariable is the error for a variable. The detail must not show a
// confidential value.
func wrongVariable(name, detail, fix string) error {
	e := newError(CodeAWSConfig, "use", name, detail)
	e.Fix = fix
	return e
}

var (
	truths = []string{"true", "false"}
	// words are the variables with a fixed list of values, in any case.
	words = map[string][]string{
		"AWS_USE_FIPS_ENDPOINT":                    truths,
		"AWS_USE_DUALSTACK_ENDPOINT":               truths,
		"AWS_EC2_METADATA_V1_DISABLED":             truths,
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS":      truths,
		"AWS_DISABLE_REQUEST_COMPRESSION":          truths,
		"AWS_DISABLE_CLOCK_SKEW_CORRECTION":        truths,
		"AWS_S3_USE_ARN_REGION":                    truths,
		"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH":      truths,
		"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": truths,
		"AWS_REQUEST_CHECKSUM_CALCULATION":         {"when_supported", "when_required"},
		"AWS_RESPONSE_CHECKSUM_VALIDATION":         {"when_supported", "when_required"},
		"AWS_RESTRICT_FILE_PERMISSIONS":            {"user_read_write", "unrestricted"},
		"AWS_ENABLE_ENDPOINT_DISCOVERY":            {"true", "false", "auto"},
		"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE":   {"IPv4", "IPv6"},
		"AWS_RETRY_MODE":                           {"standard", "adaptive"},
		"AWS_ACCOUNT_ID_ENDPOINT_MODE":             {"preferred", "required", "disabled"},
		"AWS_DEFAULTS_MODE":                        {"legacy", "auto", "standard", "in-region", "cross-region", "mobile"},
	}
	numbers = []string{"AWS_MAX_ATTEMPTS", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES"}
)

// checkWords refuses a value that is not one of the words, or not a number.
func (e environment) checkWords() error {
	for _, name := range sortedKeys(words) {
		value := e.get(name)
		if value != "" && !slices.ContainsFunc(words[name], func(word string) bool { return strings.EqualFold(word, value) }) {
			return wrongVariable(name, fmt.Sprintf("%q is not one of %s", shownValue(value), strings.Join(words[name], ", ")), "correct "+name+", or unset it")
		}
	}
	for _, name := range numbers {
		value := e.get(name)
		if _, err := strconv.ParseInt(value, 10, 64); value != "" && err != nil {
			return wrongVariable(name, fmt.Sprintf("%q is not a number", shownValue(value)), "correct "+name+", or unset it")
		}
	}
	return nil
}

// shownValue shortens a wrong value for a message.
func shownValue(value string) string {
	const most = 40
	if len(value) > most {
		return value[:most] + "..."
	}
	return value
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkEndpoints refuses an endpoint that is not a URL. The SDK would report it as
// a fault of the network.
func (e environment) checkEndpoints() error {
	names := []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT"}
	if !e.ignoresEndpoints() {
		names = append(names, "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL")
	}
	for _, name := range names {
		if err := checkURLOf(name, e.get(name)); err != nil {
			return err
		}
	}
	return nil
}

// ignoresEndpoints says whether the SDK ignores the endpoints of variables.
func (e environment) ignoresEndpoints() bool {
	return strings.EqualFold(e.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true")
}

// checkURLOf refuses the URL of a variable that can never be reached.
func checkURLOf(name, value string) error {
	if value == "" {
		return nil
	}
	wrong := checkURL(value, "http", "https")
	if wrong == "" {
		return nil
	}
	return wrongVariable(name, fmt.Sprintf("%s is not the URL of an endpoint: %s", shownURL(value), wrong), "write it as http://HOST:PORT")
}

// checkCredentialsURI refuses a URL of credentials that can never be reached, if
// the SDK would use it.
func (e environment) checkCredentialsURI() error {
	if path := e.get(relativeURI); path != "" {
		if u, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") || u.Host != "" || strings.ContainsAny(path, " \t\r\n") {
			return wrongVariable(relativeURI, "it is not a path that begins with a slash", "leave it as the ECS agent sets it")
		}
		return nil
	}
	return checkURLOf(fullURI, e.get(fullURI))
}

// checkCA refuses a CA bundle without a certificate.
func (e environment) checkCA() error {
	const name = "AWS_CA_BUNDLE"
	path := e.get(name)
	if path == "" {
		return nil
	}
	if wrong := wrongCA(path); wrong != "" {
		return wrongVariable(name, fmt.Sprintf("%s: %s", path, wrong), "name a file of PEM certificates, or unset "+name)
	}
	return nil
}

// wrongCA is the fault of a file of certificates; empty if there is none.
func wrongCA(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return plainPathError(err)
	}
	if info.IsDir() {
		return "it is a directory"
	}
	if !info.Mode().IsRegular() {
		return "" // a pipe can be read once only
	}
	data, err := secrets.ReadFile(path, 8<<20)
	if err != nil {
		return plainPathError(err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(data) {
		return "there is no PEM certificate in it"
	}
	return ""
}

// plainPathError is the error without the path, which the message already has.
func plainPathError(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
