package main

import (
	"github.com/tsboot/tsboot/cli/help"
)

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
