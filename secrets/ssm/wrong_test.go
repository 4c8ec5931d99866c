package ssm

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
)

// A variable that can never work ends the boot at once, by its name, and shows
// no part of what may be a secret.
func TestWrongVariables(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "not-pem"), "sikrit\n")
	write(t, filepath.Join(dir, "token"), "sikrit\ntoken\n")
	keys := testEnv{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "sikritsikrit"}
	for _, test := range []struct {
		name   string
		values []string
		code   string
		kind   secrets.Kind
		with   testEnv
	}{
		{"AWS_ACCESS_KEY_ID", []string{"sikrit\n", "\nsikrit", "sik rit", "sikrit\r\n", "sikrit\t", "sikrit\x00"[:6] + "\x01", "sikrit\u00a0", " "}, CodeBadKeys, secrets.Denied, keys},
		{"AWS_SECRET_ACCESS_KEY", []string{"sikrit\n", " sikrit", "sik\nrit", "sikrit\x7f", "\xffsikrit"}, CodeBadKeys, secrets.Denied, keys},
		{"AWS_SESSION_TOKEN", []string{"sikrit\n", "sik rit"}, CodeBadKeys, secrets.Denied, keys},
		{"AWS_CONTAINER_AUTHORIZATION_TOKEN", []string{"sikrit\n", "sik\x01rit", "sik\r\nrit"}, CodeBadKeys, secrets.Denied, nil},
		{"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", []string{filepath.Join(dir, "token")}, CodeBadKeys, secrets.Denied, nil},
		{"AWS_ENDPOINT_URL_SSM", badURLs, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_ENDPOINT_URL_STS", badURLs, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_ENDPOINT_URL", badURLs, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT", badURLs, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI", badURLs, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", []string{"v2/credentials/sikrit", "//sikrit/x", "http://sikrit", "/v2/ sikrit"}, CodeAWSConfig, secrets.Usage, nil},
		{"ECS_CONTAINER_METADATA_URI_V4", badURLs, CodeAWSConfig, secrets.Usage, testEnv{"AWS_REGION": ""}},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", []string{"IPv5", "6"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_CA_BUNDLE", []string{"/nonexistent", filepath.Join(dir, "not-pem"), dir}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_USE_FIPS_ENDPOINT", []string{"maybe", "1"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_USE_DUALSTACK_ENDPOINT", []string{"yes"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_EC2_METADATA_V1_DISABLED", []string{"on"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_MAX_ATTEMPTS", []string{"x", "3.5", "1e3"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_RETRY_MODE", []string{"never"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_PROFILE", []string{"nobody"}, CodeAWSConfig, secrets.Usage, nil},
		{"AWS_REGION", []string{"us east 1", "us-east-1/", "us-east-1\n", "/", "US-EAST-1"}, CodeBadRegion, secrets.Usage, nil},
	} {
		for _, value := range test.values {
			t.Run(test.name+" "+value, func(t *testing.T) {
				s := store(t)
				s.Put("/app/prod/key", "v")
				inContainer(s).set(t)
				test.with.set(t)
				t.Setenv(test.name, value)
				start := time.Now()
				_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app/prod"}})
				want(t, err, test.code, test.kind, test.name)
				if strings.Contains(err.Error(), "sikrit") {
					t.Errorf("shows the value: %v", err)
				}
				if n := len(s.Calls("GetParametersByPath")); n != 0 || time.Since(start) > 5*time.Second {
					t.Errorf("%d calls, %v", n, time.Since(start))
				}
			})
		}
	}
}

// badURLs can never be reached; those with a password must not show it.
var badURLs = []string{
	"localhost:4566", "ftp://127.0.0.1:1", "http://", "http:///path", "http://[::1", " ", "http://host:99999", "http://host:0",
	"http://ex ample", "http://..", "http://a..b", "http://" + strings.Repeat("a", 64), "http://sem;colon",
	"http://user:sikrit@host:port", "user:sikrit@host", "http//user:sikrit@host", "http://user:%zzsikrit@host",
	"http://user:sikrit@", "http://user:si/sikrit@host:x", "http://user:sikrit", "http://user:sikrit@ho st", "https:/user:sikrit@host",
}

func TestShownURL(t *testing.T) {
	t.Parallel()
	for value, wanted := range map[string]string{
		"http://127.0.0.1:4566":                       "http://127.0.0.1:4566",
		"http://[fd00:ec2::254]/x":                    "http://[fd00:ec2::254]/x",
		"localhost:4566":                              "localhost:4566",
		"https://user:sikrit@host:1/path":             "https://***@host:1/path",
		"https://sikrit@host/path":                    "https://***@host/path",
		"https://host/path?X-Amz-Signature=sikrit":    "https://host/path?***",
		"http://169.254.170.2/v2/credentials/sikrit":  "http://169.254.170.2/v2/credentials/...",
		"http://u:sikrit@h/v2/credentials/sikrit?a=b": "http://***@h/v2/credentials/...",
		"http://user:123/sikrit@host":                 hiddenURL,
		"http://user:sikrit":                          hiddenURL,
		"user:sikrit@host":                            hiddenURL,
	} {
		if got := shownURL(value); got != wanted {
			t.Errorf("%s is shown as %s, want %s", value, got, wanted)
		}
	}
	for _, value := range badURLs {
		if strings.Contains(shownURL(value), "sikrit") {
			t.Errorf("%s is shown as %s", value, shownURL(value))
		}
	}
}

// What others say of a URL is cleaned of what the environment gives in confidence.
func TestCleanTexts(t *testing.T) {
	t.Parallel()
	env := environment{
		"HTTPS_PROXY=http://user:sikrit%2Fone@proxy:3128", "https_proxy=user:sikrit two@x", "AWS_ENDPOINT_URL_SSM=http://u:sikrit\"three@h",
		"AWS_SESSION_TOKEN=sikritfour", "AWS_CONTAINER_AUTHORIZATION_TOKEN=sikritfive", "AWS_ENDPOINT_URL=http://h/?sig=sikritsix", "HOME=/root",
	}
	for _, text := range []string{
		`parse "http://user:sikrit%2Fone@proxy:3128": bad`, `proxy password sikrit/one is wrong`, `lookup user:sikrit two@x`, `parse "http://u:sikrit\"three@h": bad`,
		"token sikritfour", "header sikritfive", "Get http://h/?sig=sikritsix: EOF", "Post https://other:sikritseven@host/x: EOF", `Get "https://host/x?token=sikriteight": EOF`,
	} {
		if got := env.clean(text); strings.Contains(got, "sikrit") {
			t.Errorf("%s is cleaned to %s", text, got)
		}
	}
	const harmless = `look up ssm.us-east-1.amazonaws.com: no such host; see /root`
	if got := env.clean(harmless); got != harmless {
		t.Error(got)
	}
}

// Passwords of URLs that work are in no message and in no line of the log.
func TestPasswordsOfURLs(t *testing.T) {
	free := freeAddress(t)
	for _, test := range []testEnv{
		{"AWS_ENDPOINT_URL_SSM": "http://user:sikritpw@" + free},
		{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://user:sikritpw@" + free + "/x?token=sikritpw"},
		{"ECS_CONTAINER_METADATA_URI_V4": "http://user:sikritpw@" + free + "/v4", "AWS_REGION": ""},
		{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://user:sikritpw@" + free, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_EC2_METADATA_DISABLED": "false"},
	} {
		s := store(t)
		t.Run(strings.Join(sortedKeys(test), " "), func(t *testing.T) {
			inContainer(s).set(t)
			test.set(t)
			var log logged
			o := fetchOptions(soon)
			o.Logger = log.logger()
			_, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}})
			if err == nil || strings.Contains(err.Error()+log.String(), "sikritpw") {
				t.Errorf("%v\n%s", err, log.String())
			}
			if !strings.Contains(err.Error(), free) {
				t.Errorf("%s is not in: %v", free, err)
			}
		})
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for proxy, good := range map[string]bool{
		"http://proxy:3128": true, "https://proxy": true, "socks5://127.0.0.1:1": true, "http://user:sikrit@proxy:3128": true, "proxy:3128": true, "user:sikrit@proxy": true,
		"ftp://user:sikrit@proxy:21": false, "http://proxy:99999": false, "http://pro..xy": false, "http://user:sikrit@proxy:port": false, "http://[::1": false,
		"http://": false, "user:sikrit@": false, "http://user:%zzsikrit@proxy": false, " ": false,
	} {
		for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
			to := &url.URL{Scheme: "https", Host: "ssm.us-east-1.amazonaws.com"}
			err := environment{name + "=" + proxy, "NO_PROXY=169.254.169.254,169.254.170.2"}.checkProxy(to)
			if (err == nil) != good {
				t.Errorf("%s: %v", proxy, err)
			}
			if err == nil {
				continue
			}
			f, ok := wrongInput(err)
			if !ok || f.code != CodeAWSConfig || f.class != Permanent || !strings.Contains(f.detail, name) || strings.Contains(f.detail+f.fix, "sikrit") {
				t.Errorf("%+v", f)
			}
			for _, unused := range []environment{
				{name + "=" + proxy, "no_proxy=x,.amazonaws.com"}, {name + "=" + proxy, "NO_PROXY=*"}, {name + "=" + proxy, "NO_PROXY=ssm.us-east-1.amazonaws.com:443"},
				{"HTTP_PROXY=" + proxy},
			} {
				if err := unused.checkProxy(to); err != nil {
					t.Errorf("%v: %v", unused, err)
				}
			}
		}
	}
	o := optionsAt("https://ssm.us-east-1.amazonaws.com", func(tr *http.Transport) {
		tr.Proxy = func(*http.Request) (*url.URL, error) { return nil, &settingError{"HTTPS_PROXY", "wrong", "correct it"} }
	})
	_, err := fetchRequest(t.Context(), o, Request{Paths: []string{"/app"}})
	want(t, err, CodeAWSConfig, secrets.Usage, "HTTPS_PROXY")
}

func TestWrongNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxName)
	for name, good := range map[string]bool{
		"/o/db": true, "db": true, "/db": true, "/o/" + strings.Repeat("a/", 12) + "b": true, "/a.b_c-D/1": true,
		"/aws/service/ami-amazon-linux-latest/x": true,
		"//o/db":                                 false, "/o//db": false, "/o/db/": false, "/o db": false, "/o/dü": false, "/o/d%62": false, "/o/../db?": false,
		"/" + strings.Repeat("a/", 15) + "b": false, "/" + long: false,
		"/awsome/x": false, "/AWS-x": false, "/ssm/x": false, "/SSMx": false,
	} {
		forms := map[string]error{}
		_, forms["name"] = ParseRef(name)
		_, forms["version"] = ParseRef("x=" + name + ":3")
		_, forms["ARN"] = ParseRef("arn:aws:ssm:us-east-1:111122223333:parameter/" + strings.TrimPrefix(name, "/"))
		_, _, forms["variable"] = ParseEnvRef("ssm://" + name)
		_, _, forms["variable's ARN"] = ParseEnvRef("ssm://arn:aws:ssm:us-east-1:111122223333:parameter/" + strings.TrimPrefix(name, "/"))
		if strings.HasPrefix(name, "/") && !strings.HasSuffix(name, "/") {
			forms["path"] = Request{Paths: []string{name}}.Validate()
		}
		for form, err := range forms {
			if (err == nil) != good {
				t.Errorf("%q as %s: %v", name, form, err)
			}
			if err != nil && err.(*secrets.Error).Kind != secrets.Usage {
				t.Errorf("%q as %s: %v", name, form, err)
			}
		}
	}
	if _, err := ParseRef("o/db"); err == nil {
		t.Error("a name of several parts without a slash is taken")
	}
	want(t, Request{Paths: []string{"arn:aws:ssm:us-east-1:111122223333:parameter/o/db"}}.Validate(), CodeBadPath, secrets.Usage, "--ssm-parameter")
}
