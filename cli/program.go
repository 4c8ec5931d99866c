package cli

import "strings"

// Program is one of the programs that use this package.
type Program struct {
	// Name is the program's name, as in its messages: "tsboot". The variables of its flags begin with the name in
	// capitals and "_". There is no default.
	Name string
	// Nearest gives the known word that a word may be a slip of, or "". Without it, messages name no nearest word.
	// It is given by the caller because the rule is shared with package configgen (secrets.Nearest).
	Nearest func(word string, known []string) string
	// FlagOf gives the flag of a word that is clearly the value of one, with the word as its value: "--ssm-path", "/app". It is
	// nil for every other word. The function may be nil.
	FlagOf func(word string) []string
}

// prefix begins the name of every environment variable that stands for a flag.
func (p Program) prefix() string { return strings.ToUpper(p.Name) + "_" }

// Variable is the environment variable of a flag: --ssm-path of tsboot is TSBOOT_SSM_PATH.
func (p Program) Variable(flag string) string {
	return p.prefix() + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Near is the known word that a word may be a slip of, or "".
func (p Program) Near(word string, known []string) string {
	if p.Nearest == nil {
		return ""
	}
	return p.Nearest(word, known)
}
