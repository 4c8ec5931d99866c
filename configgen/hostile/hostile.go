// Package hostile has texts that break readers and writers of text. It is for tests.
package hostile

import "strings"

// Values have broken a template, a parser or a shell before.
var Values = []string{
	"", "plain", "a b", "ab/c", "R&D", `a\b`, `"`, `'`, "`id`", "$HOME", "$(id)", "${other}", "${key}", "$${x}", "%(x)s", "%s",
	`x", "evil": "1`, "a\nb", "a\r\nb", "\n", "a\n", "\ta\t", "  x  ", "a\x00b", "\x01\x1b[31m", "\x7f", "\u0085", "\u2028\u2029", "\ufeffbom", "\ufffd",
	"ünïcödé ☃ 𝄞", "yes", "No", "on", "y", "true", "null", "~", "=", "<<", "1", "007", "0x1f", "0o17", "1e3", "1_000", "1:20", ".5", ".inf", "-", "- a", "?", ":", "a: b", "a #b", "#c", ";c", "a;b", "2001-01-01", "!!int 1", "!x", "&a", "*a", "|", ">", "{a: b}", "[a]", "@a", "%a",
	"]]>", "<a>&amp;</a>", "--flag", "*", "?", "~/x", "a=b", "=a", "export A=b", "A=\"b\"", `\n`, `\\`, `\"`, "ends\\", "'''", `"""`, strings.Repeat("8k", 4096), "\\$x", "\\`", "a\\nb",
}

// Invalid are not UTF-8.
var Invalid = []string{"\xff", "a\xc3", "\xed\xa0\x80"}
