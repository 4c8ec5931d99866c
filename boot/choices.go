package boot

import "github.com/tsboot/tsboot/supervisor"

// choices are the words of the flags that take one of a few.
var choices = map[string][]string{
	"ssm-fetch":        {FetchByPath, FetchByName},
	"on-fetch-failure": {FailOnFailure, UseExistingOnFailure},
	"restart":          {string(supervisor.RestartNo), string(supervisor.RestartOnFailure), string(supervisor.RestartAlways)},
	"signal-scope":     {string(supervisor.ScopeGroup), string(supervisor.ScopeProcess)},
}

// Choices are the words that a flag takes; nil: any.
func Choices(flag string) []string { return choices[flag] }

// orNone are the words of a flag, and the empty one of a flag that was not given.
func orNone(flag string) []string { return append([]string{""}, choices[flag]...) }
