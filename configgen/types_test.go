package configgen

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// TestBase64: |raw writes the bytes, whatever they are. Both forms of a secret are
// masked, and neither is shown.
func TestBase64(t *testing.T) {
	t.Parallel()
	p, err := profile.Parse("x.yaml", []byte(`name: x
parameters: {key: {type: base64, secret: true}, tags: {type: map, secret: true}}
files: [{path: /etc/key, format: text, text: "${key|raw}"}, {path: /etc/tags, format: json, content: {all: "${tags}"}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	given := "AAH/gABz\nZWNyZXQ="
	layer := secrets.Layer{Origin: "test", Parameters: []secrets.Parameter{
		{Name: "key", FullName: "/key", Value: secrets.NewValue(given)},
		{Name: "tags", FullName: "/tags", Value: secrets.NewValue(`{"name-of-key": "inner secret", "on": true}`)},
	}}
	r, err := Resolve(p, []secrets.Layer{layer})
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Render()
	if err != nil || string(files[0].Content) != "\x00\x01\xff\x80\x00secret" {
		t.Fatalf("%v %q", err, files[0].Content)
	}
	for _, file := range files {
		if shown := string(file.Masked); strings.Contains(shown, "secret") || strings.Contains(shown, "name-of-key") {
			t.Errorf("%s: %s", file.Path, shown)
		}
	}
	masks := r.Masks()
	for _, text := range []string{"\x00\x01\xff\x80\x00secret", given, "AAH/gABzZWNyZXQ=", "inner secret"} {
		if !slices.Contains(masks, text) {
			t.Errorf("%q is not masked", text)
		}
	}
	if slices.Contains(masks, "true") {
		t.Error("true is masked")
	}
}
