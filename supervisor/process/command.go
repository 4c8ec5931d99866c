package process

// Command is one program to run. Env is its whole environment; Dir and a
// relative program path are relative to tsboot's working directory at New.
type Command struct {
	Argv     []string  `json:"argv"`
	Env      []string  `json:"env,omitempty"`
	Dir      string    `json:"dir,omitempty"`
	Identity *Identity `json:"identity,omitempty"` // nil: tsboot's own
}
