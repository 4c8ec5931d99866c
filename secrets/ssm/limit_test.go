package ssm

import (
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/secrets"
	"github.com/tsboot/tsboot/secrets/secretstest"
)

// An answer that does not end is refused at its limit, from every service,
// compressed or not, as an answer or as an error, and is not asked for again.
func TestEndlessAnswers(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	write(t, token, "header.payload.signature")
	for _, test := range []struct {
		name, op string
		where    testEnv // over those of a container
		words    []string
	}{
		{"parameters", "GetParametersByPath", nil, []string{"2048 KiB", "below /app"}},
		{"credentials", secretstest.OpCredentials, nil, []string{"1024 KiB", "AWS credentials"}},
		{"task", secretstest.OpTask, testEnv{"AWS_REGION": "", "ECS_CONTAINER_METADATA_URI_V4": "store/v4"}, []string{"1024 KiB", "task metadata"}},
		{"instance region", secretstest.OpIMDS, testEnv{"AWS_REGION": "", "AWS_EC2_METADATA_DISABLED": "false"}, []string{"1024 KiB", "instance metadata"}},
		{"instance role", secretstest.OpIMDS, testEnv{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_EC2_METADATA_DISABLED": "false"}, []string{"1024 KiB"}},
		{"STS", secretstest.OpSTS, testEnv{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/app", "AWS_WEB_IDENTITY_TOKEN_FILE": token}, []string{"1024 KiB"}},
	} {
		for _, kind := range []string{secretstest.Endless, secretstest.GzipBomb, secretstest.EndlessHeader} {
			for _, status := range []int{200, 400, 503} {
				t.Run(strings.Join([]string{test.name, kind, httpText(status)}, " "), func(t *testing.T) {
					s := store(t)
					w := inContainer(s)
					w["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = s.URL()
					for name, value := range test.where {
						if value == "store/v4" {
							value = s.TaskURL()
						}
						w[name] = value
					}
					w.set(t)
					s.Script(secretstest.Fault{Op: test.op, Kind: kind, Status: status, Times: forever})
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app"}})
					runtime.ReadMemStats(&after)
					words := slices.Clone(test.words)
					if kind == secretstest.EndlessHeader {
						words[0] = "header of the answer is larger than 256 KiB"
					}
					want(t, err, CodeAnswerTooLarge, secrets.Invalid, append(words, s.URL()[len("http://"):])...)
					// The SDK asks an instance without a token after it got none.
					if n := len(s.Calls(test.op)); test.op == secretstest.OpIMDS && n > 2 || test.op != secretstest.OpIMDS && n != 1 {
						t.Errorf("%d requests", n)
					}
					if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 64 {
						t.Errorf("%d MiB were allocated", used)
					}
				})
			}
		}
	}
}

// A listing of pages that are each in order has an end, too.
func TestEndlessListing(t *testing.T) {
	t.Parallel()
	s := store(t)
	value := strings.Repeat("v", maxAnswer/8)
	for i := range secrets.MaxListing/len(value) + 2 {
		s.Put("/app/p"+string(rune('a'+i/16))+string(rune('a'+i%16)), value)
	}
	// A page of ten would be too large itself: let each hold fewer.
	for i := range 30 {
		s.Put("/app/p"+string(rune('a'+i/16))+string(rune('a'+i%16))+"-small", "v")
	}
	_, err := fetchRequest(t.Context(), options(s), Request{Paths: []string{"/app"}})
	want(t, err, CodeAnswerTooLarge, secrets.Invalid, "/app")
}

// The SDK reads these files whole.
func TestEndlessFiles(t *testing.T) {
	s := store(t)
	big := filepath.Join(t.TempDir(), "big")
	write(t, big, strings.Repeat("#\n", 5<<20))
	for _, f := range awsFiles {
		for _, path := range []string{"/dev/zero", big} {
			t.Run(f.variable+" "+path, func(t *testing.T) {
				inContainer(s).set(t)
				t.Setenv(f.variable, path)
				_, err := fetchRequest(t.Context(), fetchOptions(30*time.Second), Request{Paths: []string{"/app"}})
				want(t, err, CodeFileTooLarge, secrets.Usage, path, f.variable, "KiB")
			})
		}
	}
}

func TestLimitedBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		limit int
		good  bool
	}{{"", 0, true}, {"", 3, true}, {"abc", 3, true}, {"abcd", 3, false}, {strings.Repeat("x", 100000), 99999, false}, {strings.Repeat("x", 100000), 100000, true}} {
		got, err := io.ReadAll(newLimitedBody(io.NopCloser(strings.NewReader(test.text)), test.limit))
		if (err == nil) != test.good || string(got) != test.text[:min(len(test.text), test.limit)] {
			t.Errorf("%d bytes, limit %d: %d bytes and %v", len(test.text), test.limit, len(got), err)
		}
	}
}
