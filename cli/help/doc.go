// Package help makes what a program says about itself: the help of its commands, help topics, and the page of its flags.
// All of it comes from the commands and flags of the flag library and from pages in a small part of Markdown, so that the
// terminal, the manual page and the documentation cannot differ. It knows no program, and uses no template: text/template
// would add 8 MB to a binary.
package help
