package main

import (
	"embed"
	"fmt"

	"github.com/tsboot/tsboot/cli/help"
	"github.com/tsboot/tsboot/docs"
)

//go:embed words/*.md
var wordFiles embed.FS

// afterNothing is what a person reads who types tsboot alone on a machine without an agent.
//
//go:embed nothing.md
var afterNothing string

// book has the words of tsboot.
func book() help.Book {
	return help.Book{
		Commands: wordFiles, Dir: "words",
		Topics: []help.Topic{
			{Name: "parameters", Short: "names, sources and how they are layered, values, secrets", Page: docs.Parameters, Section: "PARAMETERS"},
			{Name: "environment", Short: "variables for flags, what tsboot reads, what the agent gets", Page: docs.Environment, Section: "ENVIRONMENT"},
			{Name: "exit-codes", Short: "what each code means, and whether another start can help", Page: docs.ExitCodes, Section: "EXIT STATUS"},
			{Name: "signals", Short: "stop, other signals, restart", Page: docs.Signals, Section: "SIGNALS"},
		},
		Sections: sections(),
		Rule: func(flag string) string {
			return fmt.Sprintf("Each flag is also an environment variable: `--%s` is `%s`; a list is separated by commas. A flag beats its "+
				"variable, which beats the profile, which beats the default (`tsboot help environment`).", flag, program.Variable(flag))
		},
	}
}

// sections are the headings of the flags that several commands have, in the order of help and docs/flags.md.
func sections() []help.Section {
	var s settings
	return []help.Section{
		help.SectionOf("Profile", s.profileFlag),
		help.SectionOf("Sources", s.sourceFlags, s.fetchFailureFlag),
		help.SectionOf("Exec", s.execFlags, s.replaceFlag),
		help.SectionOf("Refresh", s.refreshFlags),
		help.SectionOf("Restart", s.restartFlags),
		help.SectionOf("Stop and signals", s.stopFlags),
		help.SectionOf("Process of the agent", s.processFlags),
		help.SectionOf("Log and status", s.watchFlags, s.logFlags),
	}
}
