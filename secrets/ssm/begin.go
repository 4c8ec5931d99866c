package ssm

// settingsFiles are the variables that name files which the SDK reads.
var settingsFiles = []string{
	"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
}

// begin reports the start of something that may hang.
func (o Options) begin(what string) (done func()) {
	if o.Begin == nil {
		return func() {}
	}
	return o.Begin(what)
}

// beginSettings reports that the SDK's configuration and credentials are read, and
// the files that variables name.
func (s *session) beginSettings() (done func()) {
	what := "reading the AWS configuration and credentials"
	for _, name := range settingsFiles {
		if file := s.env.get(name); file != "" {
			what += ", " + name + "=" + file
		}
	}
	return s.options.begin(what)
}
