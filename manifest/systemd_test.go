package manifest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/integration/require"
)

// unit is what a unit sets, by key.
func unit(t *testing.T, text []byte) map[string][]string {
	t.Helper()
	settings := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "[") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Errorf("the line %q is no setting", line)
		}
		settings[key] = append(settings[key], value)
	}
	return settings
}

func TestSystemd(t *testing.T) {
	t.Parallel()
	everyProfile(t, func(t *testing.T, name string) {
		u := unit(t, make1(t, "systemd", deployment(name)).Text)
		if u["KillMode"][0] != "mixed" || u["TimeoutStopSec"][0] == "" || !strings.HasPrefix(u["ExecStart"][0], "/usr/bin/tsboot --profile "+name) {
			t.Errorf("%v", u)
		}
		if credentials := strings.Contains(u["ExecStart"][0], "--secrets-dir %d"); credentials != (len(u["LoadCredential"]) > 0) {
			t.Errorf("credentials %v, %s", u["LoadCredential"], u["ExecStart"])
		}
	})
}

func TestSystemdFlags(t *testing.T) {
	t.Parallel()
	o := deployment("snmpd")
	o.Boot.Stop.Grace, o.Boot.RunDir = 3*time.Minute, "/run/snmpd boot"
	o.Boot.Command, o.Boot.Sources.OnFailure = []string{"/usr/sbin/snmpd", "%d"}, boot.UseExistingOnFailure
	u := unit(t, make1(t, "systemd", o).Text)
	for key, want := range map[string][]string{
		"LoadCredential":        {"auth-password:snmpd.auth-password", "priv-password:snmpd.priv-password"},
		"TimeoutStopSec":        {"185s"},
		"CapabilityBoundingSet": {"CAP_NET_BIND_SERVICE"},
		"RuntimeDirectory":      {`"snmpd boot"`},
		"ExecStart":             {`/usr/bin/tsboot --profile snmpd --ssm-path /snmpd/prod --secrets-dir %d -- /usr/sbin/snmpd "%%d"`},
	} {
		if !slices.Equal(u[key], want) {
			t.Errorf("%s is %q, want %q", key, u[key], want)
		}
	}
}

// TestSystemdWords: every word is one word of ExecStart again, after systemd's unquoting.
func TestSystemdWords(t *testing.T) {
	t.Parallel()
	line := unit(t, make1(t, "systemd", hostileDeployment()).Text)["ExecStart"][0]
	var words []string
	for rest := line; rest != ""; rest = strings.TrimPrefix(rest, " ") {
		if rest[0] != '"' {
			word, after, _ := strings.Cut(rest, " ")
			words, rest = append(words, word), after
			continue
		}
		quoted, err := strconv.QuotedPrefix(rest) // of the escapes that are used, Go and systemd have the same
		if err != nil {
			t.Fatalf("%s: %v", rest, err)
		}
		word, _ := strconv.Unquote(quoted)
		words, rest = append(words, strings.NewReplacer("%%", "%", "$$", "$").Replace(word)), rest[len(quoted):]
	}
	wantHostile(t, words)
}

// TestSystemdVerify: systemd's own reader has nothing to say about the unit of any profile, nor about hostile words.
func TestSystemdVerify(t *testing.T) {
	t.Parallel()
	require.Tools(t, "systemd-analyze")
	dir := t.TempDir()
	command := []string{"verify", "--man=no"}
	for _, name := range profile.BuiltinNames() {
		o := deployment(name)
		if name == "threatstack-2" || name == "exec" {
			o.Boot.Command = append([]string{"/bin/true"}, hostile...)
		}
		text := strings.ReplaceAll(string(make1(t, "systemd", o).Text), "ExecStart=/usr/bin/tsboot", "ExecStart=/bin/true") // tsboot may not be installed
		file := filepath.Join(dir, "agent-"+name+".service")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		command = append(command, file)
	}
	out, err := exec.Command("systemd-analyze", command...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "agent-") { // it may speak of the machine's own units
		t.Errorf("%v\n%s", err, out)
	}
}
