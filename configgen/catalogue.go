package configgen

import (
	"slices"

	"github.com/tsboot/tsboot/configgen/fileset"
)

// An Entry explains one code of a Problem, or of a fileset.WriteError.
type Entry struct {
	Code  string
	Kind  Kind   // what it means for a boot; empty for a warning
	Seen  string // what is observed
	Cause string // what is likely behind it
	Do    string // what to do
}

// Catalogue returns every code, in the order of the documentation.
func Catalogue() []Entry {
	list := slices.Clone(valueEntries)
	for _, e := range fileset.Catalogue() {
		list = append(list, Entry{e.Code, Kind(e.Kind), e.Seen, e.Cause, e.Do})
	}
	return append(list, strictEntries...)
}

var valueEntries = []Entry{
	{"profile-invalid", Usage, "a profile file that breaks the format's rules; file, line and column are named",
		"a misspelt key, a reference to a parameter that is not declared, a wrong type, a secret in an argument",
		"correct the profile at that place; docs/profiles.md has every key"},
	{"profile-undetected", Usage, "no agent that a built-in profile knows is installed",
		"the image lacks the agent, or the agent is one of your own",
		"give a command after --, or name a profile with --profile"},
	{"profile-ambiguous", Usage, "the agents of several profiles are installed",
		"an image with two agents",
		"name one with --profile"},
	{"set-invalid", Usage, "--set without NAME=VALUE", "a missing =", "write --set NAME=VALUE"},
	{"set-secret", Usage, "--set of a parameter that the profile marks secret",
		"a secret on a command line, where every user of the host can read it",
		"store it in Parameter Store, or set the variable that is named"},
	{"set-fact", Usage, "--set of a fact (ecs.cluster, host.name, ...)", "facts are asked of ECS, EC2 and the kernel, and nobody can set one", "have the profile take a parameter instead of the fact"},
	{"set-unknown", Usage, "--set of a parameter that the profile does not declare", "a misspelt name", "correct the name"},

	{"parameter-missing", Invalid, "a required parameter that no source gives, or an empty one",
		"a misspelt name below the path, the wrong path, a variable that is not passed into the container",
		"store it under one of the names in the message, or set one of the variables"},
	{"parameter-ambiguous", Invalid, "two parameters of one source have the same name or variable",
		"an old and a new spelling side by side (log_level and log-level), an alias and the name it is for",
		"delete or rename one of the two that are named"},
	{"parameter-invalid", Invalid, "a value that breaks its rule: pattern, enum or type; a secret is not shown",
		"a value that was cut, quoted, or pasted with other text",
		"store the right value; the message describes the one that is there (length, quotes, a line break)"},
	{"parameter-unexportable", Invalid, "a parameter whose name cannot be a variable", "a digit at its beginning, a character that no variable has", "rename it"},
	{"value-holds-nul", Invalid, "a value with a NUL byte for a variable or an argument", "binary data", "store it as text (base64), if the agent reads that"},
	{"value-not-encodable", Invalid, "a value that the format of a file or an export cannot hold", "control characters, bytes that are not UTF-8, line breaks in INI", "change the value, or the format"},
	{"file-not-encodable", Invalid, "a file's content that its format cannot hold", "a list or object where the format (INI, env) has none", "change the content in the profile"},
	{"file-ambiguous", Invalid, "two files of the profile have the same path", "two parameters that name one path", "let the parameters name different paths"},
	{"base-missing", CannotWrite, "a base that is not there, or a link to a file that is not",
		"the agent's package is not installed in the image, a path of another version of it", "install it, or correct base; base-optional: true where it may be missing"},
	{"base-unreadable", CannotWrite, "a base that is a directory, a pipe or a device, is larger than 1 MiB, or cannot be opened",
		"a path to something else than the vendor's config file, a file of another user", "name the config file that the agent's package installs"},
	{"base-invalid", CannotWrite, "a base that its format cannot read, or that is not a mapping; the line is named",
		"a file of another format, one that was cut, a YAML file with nothing but comments, JSON with comments", "correct the file, or the format"},
	{"base-written", CannotWrite, "a base that is, by a link or by a parameter, a file that the boot writes",
		"path and base name one file, so that the next boot would take its own file for the vendor's", "copy the vendor's file to another path in the image, and name that"},
	{"path-invalid", Invalid, "a path of `path` or `creates` that is not absolute or holds a control character", "a parameter with a relative path, or without a value", "give an absolute path"},
	{"path-element", Invalid, "a value inside a path of `path` or `creates` that holds `/` or a control character, or makes an element that is empty, `.` or `..`", "a value that would lead out of the directory that the profile names", "give a plain name, or let one parameter be the whole path"},
	{"secret-in-path", Invalid, "a secret in a path of `path` or `creates`", "a parameter that is secret by its source (a SecureString) and not by the profile", "store it as a String if it is not secret, or take another parameter"},
	{"secret-in-argument", Invalid, "a secret in an argument of a setup step without secret-argv, of run or of health", "a parameter that is secret by its source (a SecureString) and not by the profile", "write it to a file and pass the path of the file; add secret-argv: true to a setup step that has no other way to take it; store it as a String if it is not secret"},
}

var strictEntries = []Entry{
	{"strict-missing", Invalid, "--strict: a variable is chamberme and no parameter replaces it", "a parameter that is missing or has another name", "store the parameter, or remove the variable"},
	{"strict-unexpected", Invalid, "--strict: a variable that a parameter would replace has another value than chamberme", "a variable set in the task definition and in the store", "set it to chamberme, or name it with --prefer-env"},
}
