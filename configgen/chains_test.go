package configgen

import (
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/hostile"
	"github.com/tsboot/tsboot/secrets"
)

// TestMasksOfChains: what a profile writes through a chain of escapes, or with its
// dollars doubled, is masked in that form.
func TestMasksOfChains(t *testing.T) {
	t.Parallel()
	p := parsed(t, `
parameters: {key: {secret: true}, keys: {secret: true, type: list, separator: "|"}}
files:
  - {path: /a, format: text, text: "${key|json|xml} ${key|xml|json|shell}\n${key|yaml|dollar} ${key|shell|dollar|json}"}
  - {path: /b, format: text, dollar: double, text: ["${key|json|xml}\n", {for-each: keys, text: "${item|xml|json}\n"}]}
  - {path: /c, format: yaml, dollar: double, content: {a: "${key}", b: ["${keys}"]}}
`)
	masked := 0
	for _, h := range hostile.Values {
		secret := strings.TrimSpace("s3cr3t$" + h + `"<&$v4lue`)
		if strings.Contains(secret, "|") {
			continue
		}
		r, err := Resolve(p, []secrets.Layer{{Origin: "test", Parameters: []secrets.Parameter{
			{Name: "key", FullName: "/key", Value: secrets.NewValue(secret)}, {Name: "keys", FullName: "/keys", Value: secrets.NewValue(secret + "|" + secret)},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		files, err := r.Render()
		if err != nil {
			continue // refused by a link
		}
		masked++
		masks := r.Masks()
		for _, f := range files {
			if got := hideAll(string(f.Content), masks); strings.Contains(got, "s3cr3t") || strings.Contains(got, "v4lue") {
				t.Errorf("%s: %q is %q, masked %q", f.Path, secret, f.Content, got)
			}
		}
	}
	if masked < 50 {
		t.Errorf("only %d values were written", masked)
	}
}
