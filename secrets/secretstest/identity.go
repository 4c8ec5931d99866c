package secretstest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// credentials is the state of the container credentials endpoint: every
// answer is a new key, good for ttl or until the server expires it.
type credentials struct {
	mu      sync.Mutex
	ttl     time.Duration
	issued  int
	expired int // keys up to this number are no longer good
	role    string
}

const keyPrefix = "ASIASECRETSTEST"

// check says whether a call signed with a key is let in: one that the endpoint
// issued must not have been expired.
func (c *credentials) check(keyID string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n int
	if _, err := fmt.Sscanf(keyID, keyPrefix+"%05d", &n); err != nil {
		return nil // not issued here: any static key is accepted
	}
	if n <= c.expired {
		return failure(400, "ExpiredTokenException", refusals[ExpiredToken].message)
	}
	return nil
}

// SetCredentialsTTL sets how long from its issue a key says it is good.
func (s *Server) SetCredentialsTTL(ttl time.Duration) {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.ttl = ttl
}

// ExpireCredentials makes every key issued so far unwelcome, whatever time it
// was promised.
func (s *Server) ExpireCredentials() {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.expired = s.creds.issued
}

// CredentialsURL is a stand-in for the ECS container credentials endpoint, for
// AWS_CONTAINER_CREDENTIALS_FULL_URI.
func (s *Server) CredentialsURL() string { return s.url + "/_secretstest/credentials" }

// SetInstanceRole gives the instance metadata service a role; without one it
// answers 404, as an instance without a profile does.
func (s *Server) SetInstanceRole(name string) {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.role = name
}

// issue makes a new key.
func (s *Server) issue(roleARN string) map[string]any {
	s.creds.mu.Lock()
	defer s.creds.mu.Unlock()
	s.creds.issued++
	now := time.Now().UTC()
	return map[string]any{
		"Code": "Success", "Type": "AWS-HMAC",
		"LastUpdated":     now.Format(time.RFC3339),
		"RoleArn":         roleARN,
		"AccountId":       s.account,
		"AccessKeyId":     fmt.Sprintf(keyPrefix+"%05d", s.creds.issued),
		"SecretAccessKey": "notasecretnotasecretnotasecretnotasecret",
		"Token":           fmt.Sprintf("secretstest-session-%d", s.creds.issued),
		"Expiration":      now.Add(s.creds.ttl).Format(time.RFC3339),
	}
}

func plainJSON(v any) answer {
	return answer{status: 200, contentType: "application/json", body: encode(v)}
}

func (s *Server) credentialsAnswer() answer {
	return plainJSON(s.issue("arn:aws:iam::" + s.account + ":role/task"))
}

const instanceID = "i-0123456789abcdef0"

// instanceAnswer is what an EC2 instance says of itself.
func (s *Server) instanceAnswer(r *http.Request) answer {
	text := func(body string) answer {
		return answer{status: 200, contentType: "text/plain", body: []byte(body),
			header: map[string]string{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "21600"}}
	}
	s.creds.mu.Lock()
	role := s.creds.role
	s.creds.mu.Unlock()
	path := strings.TrimSuffix(r.URL.Path, "/")
	const list = "/latest/meta-data/iam/security-credentials"
	const extended = "/latest/meta-data/iam/security-credentials-extended"
	switch {
	case path == "/latest/api/token":
		return text("secretstest-imds-token")
	case role == "":
	case path == list || path == extended:
		return text(role)
	case path == list+"/"+role || path == extended+"/"+role:
		return plainJSON(s.issue("arn:aws:iam::" + s.account + ":role/" + role))
	case path == "/latest/meta-data/instance-id":
		return text(instanceID)
	case path == "/latest/meta-data/placement/region":
		return text(s.region)
	case path == "/latest/dynamic/instance-identity/document":
		return plainJSON(map[string]any{"region": s.region, "accountId": s.account, "instanceId": instanceID})
	}
	return answer{status: 404, contentType: "text/html", body: []byte("<html>404 - Not Found</html>")}
}

type identityResult struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Arn     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
}

// identityAnswer is STS's GetCallerIdentity, the only action it knows.
func (s *Server) identityAnswer(_ Call, body []byte) answer {
	if !strings.Contains(string(body), "Action=GetCallerIdentity") {
		return answer{status: 400, contentType: "text/xml", body: []byte("<ErrorResponse><Error><Code>InvalidAction</Code><Message>secretstest knows GetCallerIdentity only</Message></Error></ErrorResponse>")}
	}
	out, err := xml.Marshal(identityResult{
		Arn:     "arn:aws:sts::" + s.account + ":assumed-role/task/158d1c8083dd49d6",
		UserID:  "AROAEXAMPLE:158d1c8083dd49d6",
		Account: s.account,
	})
	if err != nil {
		panic("secretstest: encode an identity: " + err.Error())
	}
	return answer{status: 200, contentType: "text/xml", body: out}
}
