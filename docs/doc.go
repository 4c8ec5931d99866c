// Package docs holds the pages of documentation that the programs print as help topics, too. A page is written once: the
// reader on the web, `tsboot help TOPIC` and the manual page have the same text.
package docs

import _ "embed"

// The pages that are topics. They keep to the Markdown that package cli/help reads; a test holds them to it.
var (
	//go:embed parameters.md
	Parameters string
	//go:embed signals.md
	Signals string
	//go:embed exit-codes.md
	ExitCodes string
	//go:embed environment.md
	Environment string
)
