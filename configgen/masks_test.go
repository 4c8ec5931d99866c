package configgen

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/format"
	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// masksOf are the masks of a profile with one secret.
func masksOf(t *testing.T, secret string) []string {
	t.Helper()
	p, err := profile.Parse("test.yaml", []byte("name: test\nparameters:\n  key: {secret: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(p, []secrets.Layer{{Origin: "test", Parameters: []secrets.Parameter{
		{Name: "key", FullName: "/test/key", Value: secrets.NewValue(secret)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Masks()
}

// hideAll masks as the supervisor does, without its overlaps: the longest first.
func hideAll(text string, masks []string) string {
	masks = slices.Clone(masks)
	slices.SortFunc(masks, func(a, b string) int { return len(b) - len(a) })
	for _, m := range masks {
		text = strings.ReplaceAll(text, m, secrets.Redacted)
	}
	return text
}

// secretForms are the forms that all encoders give a value, alone and inside of a
// longer string. A new escape or format is in it without a change here.
func secretForms(s string) map[string]string {
	forms := map[string]string{"as it is": s}
	put := func(name, form string, refused error) {
		if refused == nil {
			forms[name] = form
		}
	}
	refusal := func(b *format.Refusal) error {
		if b == nil {
			return nil
		}
		return fmt.Errorf("%s", b.What)
	}
	for _, frame := range []string{"%s", "key %s end"} {
		text := fmt.Sprintf(frame, s)
		for _, e := range format.Escapes {
			name := e.Name
			form, refused := e.One(text)
			put("escape "+name+" in "+frame, form, refusal(refused))
			if e.List != nil {
				form, refused = e.List([]string{"a", text})
				put("list escape "+name+" in "+frame, form, refusal(refused))
			}
		}
		for _, e := range format.Formats {
			if name := e.Name; e.Encode != nil && e.Leaf(text) == nil {
				form, err := e.Encode(format.Object{{Key: "k", Value: text}})
				put("format "+name+" in "+frame, string(form), err)
			}
		}
		form, err := json.Marshal(text)
		put("encoding/json in "+frame, string(form), err)
		put("%q in "+frame, fmt.Sprintf("%q", text), nil)
	}
	for name, e := range map[string]*base64.Encoding{"std": base64.StdEncoding, "url": base64.URLEncoding, "raw": base64.RawStdEncoding} {
		put("base64 "+name, e.EncodeToString([]byte(s)), nil)
	}
	return forms
}

// TestMasksKnowEveryForm: nothing of a secret is left in output that any encoder of
// this package wrote.
func TestMasksKnowEveryForm(t *testing.T) {
	t.Parallel()
	for _, h := range append(slices.Clone(hostile.Values), hostile.Invalid...) {
		if strings.TrimSpace(h) != h { // resolving trims; TestMasks has these
			continue
		}
		for _, secret := range []string{"s3cr3t" + h + "v4lue", h} {
			if strings.Trim(secret, "xkeynd \"'=:{}") == "" {
				continue // what any output holds
			}
			masks := masksOf(t, secret)
			for name, form := range secretForms(secret) {
				if got := hideAll(form, masks); !strings.Contains(got, secrets.Redacted) || strings.Contains(got, "s3cr3t") || strings.Contains(got, "v4lue") {
					t.Errorf("%s: %q is %q, masked %q", name, secret, form, got)
				}
			}
			for _, as := range format.ForExport() {
				out, err := exported(t, []string{secret}).Export(as, nil)
				if err != nil {
					continue
				}
				if got := hideAll(string(out.Content), masks); !strings.Contains(got, secrets.Redacted) || strings.Contains(got, "s3cr3t") || strings.Contains(got, "v4lue") {
					t.Errorf("export %s: %q is %q, masked %q", as, secret, out.Content, got)
				}
			}
		}
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	key := "-----BEGIN KEY-----\nQUJDREVGR0g=\n}\n-----END KEY-----"
	for name, test := range map[string]struct {
		secret, output, want string
	}{
		"plain":                      {"hunter2", "key=hunter2!", "key=[redacted]!"},
		"a line of a long secret":    {key, "got QUJDREVGR0g=\n}\n", "got [redacted]\n}\n"},
		"its line as JSON":           {"a=\"first line\"\nb=\"second line\"", `{"line":"b=\"second line\""}`, `{"line":"[redacted]"}`},
		"all of it":                  {key, key + "\n", "[redacted]\n"},
		"all of it as JSON":          {key, `"-----BEGIN KEY-----\nQUJDREVGR0g=\n}\n-----END KEY-----"`, `"[redacted]"`},
		"a long one, YAML folds not": {strings.Repeat("word ", 100) + "end", `"` + strings.Repeat("word ", 100) + `end"`, `"[redacted]"`},
		"base64":                     {"hunter2", "aHVudGVyMg==\naHVudGVyMg\n", "[redacted]\n[redacted]\n"},
		"in YAML's single quotes":    {"it's hunter2", "key: 'it''s hunter2'", "key: '[redacted]'"},
		"in ASCII only":              {"zürich-42", `{"key": "z\u00fcrich-42"}`, `{"key": "[redacted]"}`},
		"a form of a URL":            {"pa ss&w", "q=pa+ss%26w&r=pa%20ss%26w", "q=[redacted]&r=[redacted]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := hideAll(test.output, masksOf(t, test.secret)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if masks := masksOf(t, ""); len(masks) > 0 {
		t.Errorf("masks of nothing: %q", masks)
	}
}

// TestMasksOfAValueThatKeepsItsWhiteSpace: an exported value is printed with and without it.
func TestMasksOfAValueThatKeepsItsWhiteSpace(t *testing.T) {
	t.Parallel()
	if got := maskTexts("hunter2\n"); !slices.Equal(got, []string{"hunter2", "hunter2\n"}) {
		t.Errorf("texts %q", got)
	}
	if got := maskTexts(" \n"); got != nil {
		t.Errorf("texts of white space: %q", got)
	}
}

// TestHideOverlaps: secrets inside of a value that may be seen are hidden whole, also where one begins in another.
func TestHideOverlaps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text    string
		secrets []string
		want    string
	}{
		"none":                    {"plain", []string{"hunter2"}, "plain"},
		"a short one by chance":   {"plain", []string{"plai"}, "plain"},
		"one":                     {"key=hunter2!", []string{"hunter2"}, "key=[redacted]!"},
		"one begins in the other": {"x abcdefghijklmn y", []string{"ghijklmn", "abcdefgh"}, "x [redacted] y"},
		"one holds the other":     {"hunter2000", []string{"hunter2", "hunter2000"}, "[redacted]"},
		"with itself":             {"abababababa", []string{"ababababa"}, "[redacted]"},
	} {
		if got := hide(test.text, test.secrets); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
