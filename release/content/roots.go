package content

import (
	"bytes"
	"encoding/pem"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Roots are Mozilla's root certificates as one PEM file. They come from a Go module, so go.sum pins them: the bundle of the
// machine that builds would make another image on another machine. A newer bundle is a newer version of that module.
//
// Mozilla distrusts some roots from a date on. PEM cannot say so, and the roots are here without it, as in Debian's bundle.
func Roots() ([]byte, error) {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	return text.Bytes(), nil
}
