package adapter

// Tsboot is ours: the binary is built by Build.
func Tsboot(binary string) *Adapter {
	return &Adapter{
		Name: "tsboot", Binary: binary, Own: true,
		End:     []string{"--"},
		Default: []Option{Group, Subreaper, Verbose},
		Options: map[Option]Flag{
			Process:      {Args: []string{"--signal-scope=process"}},
			Rewrite:      {Args: []string{"--signal-rewrite=%1:%2"}},
			Remap:        {Args: []string{"--exit-remap=%1"}},
			RemapTo:      {Args: []string{"--exit-remap=%1:%2"}},
			ParentDeath:  {Args: []string{"--parent-death-signal=SIG%1"}},
			StopSignal:   {Args: []string{"--stop-signal=%1"}},
			StopOn:       {Args: []string{"--stop-on=%1"}},
			Grace:        {Args: []string{"--grace=%1s"}},
			Restart:      {Args: []string{"--restart=%1"}},
			Backoff:      {Args: []string{"--backoff-initial=%1s", "--backoff-max=%2s", "--backoff-reset=%3s"}},
			StartLimit:   {Args: []string{"--start-limit-burst=%1", "--start-limit-interval=1m"}},
			User:         {Args: []string{"--user=%1"}},
			WorkingDir:   {Args: []string{"--working-dir=%1"}},
			ByEnv:        {Env: []string{"TSBOOT_SIGNAL_SCOPE=process"}},
			Profile:      {Args: []string{"--profile=%1"}},
			RunDirectory: {Env: []string{"TSBOOT_RUN_DIR=%1"}},
		},
	}
}

// Peers are the C inits that Debian packages under these names.
func Peers() []*Adapter {
	return []*Adapter{
		{
			Name: "tini", Binary: "tini", End: []string{"--"},
			Default: []Option{Process},
			Options: map[Option]Flag{
				Group:       {Args: []string{"-g"}},
				Subreaper:   {Args: []string{"-s"}},
				Remap:       {Args: []string{"-e", "%1"}},
				ParentDeath: {Args: []string{"-p", "SIG%1"}},
				ByEnv:       {Env: []string{"TINI_KILL_PROCESS_GROUP=1"}},
				Verbose:     {Args: []string{"-vvv"}},
			},
		},
		{
			Name: "dumb-init", Binary: "dumb-init", End: []string{"--"},
			Default: []Option{Group},
			Options: map[Option]Flag{
				Process: {Args: []string{"--single-child"}},
				Rewrite: {Args: []string{"--rewrite", "%1:%2"}},
				ByEnv:   {Env: []string{"DUMB_INIT_SETSID=0"}},
				Verbose: {Args: []string{"--verbose"}},
			},
		},
		{
			Name: "catatonit", Binary: "catatonit", End: []string{"--"},
			Default: []Option{Process, Subreaper},
			Options: map[Option]Flag{
				Group: {Args: []string{"-g"}},
			},
		},
	}
}
