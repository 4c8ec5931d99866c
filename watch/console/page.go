package console

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strings"
)

// The page is one document; its parts are files of their own.
var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageCSS string
	//go:embed page/page.js
	pageJS string
)

// Places in page.html where the others go.
const (
	placeCSS = "/* page.css */"
	placeJS  = "/* page.js */"
)

// page is the whole document, and the policy that lets a browser run its one script, and nothing else.
func page() (document, policy string) {
	document = strings.NewReplacer(placeCSS, pageCSS, placeJS, pageJS).Replace(pageHTML)
	policy = strings.Join([]string{
		"default-src 'none'",
		"script-src '" + hash(pageJS) + "'",
		"style-src '" + hash(pageCSS) + "'",
		"connect-src 'self'",
		"img-src data:", // the icon
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'", // no text becomes markup or a program
		"trusted-types 'none'",
	}, "; ")
	return document, policy
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
