package commandline

import (
	"slices"
	"testing"

	"github.com/tsboot/tsboot/supervisor"
)

func TestFlagOf(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][]string{
		"/app/prod":                           {"--ssm-path", "/app/prod"},
		"app/prod":                            {"--ssm-path", "/app/prod"},
		"/":                                   {"--ssm-path", "/"},
		"arn:aws:ssm:eu-west-1:1:parameter/a": {"--ssm-parameter", "arn:aws:ssm:eu-west-1:1:parameter/a"},
		"/run/secrets/agent":                  {"--secrets-dir", "/run/secrets/agent"},
		"my-agent.yaml":                       {"--profile", "my-agent.yaml"},
		"dir/my-agent.yml":                    {"--profile", "dir/my-agent.yml"},
		"threatstack-2":                       {"--profile", "threatstack-2"},
		"server":                              nil,
		"https://example.com/a":               nil,
		"threatstack-3":                       nil,
		"KEY=value":                           nil,
	} {
		if got := FlagOf(word); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

// TestFlagWordsAreKnown: what a shell completes is what a boot takes.
func TestFlagWordsAreKnown(t *testing.T) {
	t.Parallel()
	for flag, words := range FlagWords() {
		if len(words) < 2 {
			t.Errorf("--%s knows %q only", flag, words)
		}
	}
	if _, err := supervisor.ParseSignal(FlagWords()["stop-on"][0]); err != nil {
		t.Error(err)
	}
}
