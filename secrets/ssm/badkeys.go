package ssm

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/tsboot/tsboot/secrets"
)

// A badKeyError is a key or token that a request cannot have: with white space, a
// line break or a control character. It never shows the key.
type badKeyError struct{ what string }

func (e *badKeyError) Error() string { return e.what }

// checkKeys refuses credentials that AWS cannot have issued.
func (e environment) checkKeys(creds aws.Credentials) error {
	for _, part := range []struct {
		value, name string
		variables   []string
	}{
		{creds.AccessKeyID, "the access key id", []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"}},
		{creds.SecretAccessKey, "the secret access key", []string{"AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"}},
		{creds.SessionToken, "the session token", []string{"AWS_SESSION_TOKEN"}},
	} {
		wrong := oddCharacter(part.value)
		if wrong == "" {
			continue
		}
		name := part.name + " from " + providerName(creds.Source, e)
		if creds.Source == config.CredentialsSourceName {
			for _, variable := range part.variables {
				if e.get(variable) != "" {
					name = variable
					break
				}
			}
		}
		return &badKeyError{name + " " + wrong}
	}
	return nil
}

// oddCharacter says where a key has a character that no key has; empty: nowhere.
func oddCharacter(key string) string {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	i := strings.IndexFunc(key, odd)
	if i < 0 {
		return ""
	}
	r, size := utf8.DecodeRuneInString(key[i:])
	what := "a character that is not ASCII"
	switch {
	case r == '\n' || r == '\r':
		what = "a line break"
	case unicode.IsSpace(r):
		what = "white space"
	case r < ' ' || r == 0x7f:
		what = "a control character"
	}
	switch {
	case i == 0:
		return "begins with " + what
	case i+size == len(key), strings.TrimFunc(key[i:], odd) == "":
		return "ends with " + what
	}
	return fmt.Sprintf("has %s in it", what)
}

// checkToken checks the token for the endpoint of container credentials, from the
// variable or from the file.
func (e environment) checkToken() error {
	const variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
	token, name := e.get(variable), variable
	if path := e.get(variable + "_FILE"); path != "" {
		data, err := secrets.ReadFile(path, 1<<20)
		if err != nil {
			return nil // the SDK reports it
		}
		token, name = string(data), variable+"_FILE: "+path
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return &badKeyError{name + " holds a line break or a control character"}
	}
	return nil
}

// wrongInput is the finding for settings and answers that can never work.
func wrongInput(err error) (finding, bool) {
	var key *badKeyError
	var setting *settingError
	switch {
	case errors.As(err, &key):
		return finding{class: Permanent, code: CodeBadKeys, detail: key.what}, true
	case errors.As(err, &setting):
		return finding{class: Permanent, code: CodeAWSConfig, detail: setting.Error(), fix: setting.fix}, true
	}
	return tooLarge(err)
}
