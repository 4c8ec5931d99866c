package secretstest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// A Seed is one parameter in a request to /_secretstest/put and in the seed
// file of cmd/paramstore.
type Seed struct {
	Name   string   `json:"name" yaml:"name"`
	Value  string   `json:"value" yaml:"value"`
	Type   string   `json:"type,omitempty" yaml:"type"`
	Labels []string `json:"labels,omitempty" yaml:"labels"`
	Region string   `json:"region,omitempty" yaml:"region"`
	Secret bool     `json:"secret,omitempty" yaml:"secret"` // a Secrets Manager secret whose id is Name
}

// Seed stores what a Seed says.
func (s *Server) Seed(seed Seed) {
	if seed.Secret {
		s.PutSecret(seed.Name, seed.Value)
		return
	}
	opts := []PutOption{Label(seed.Labels...)}
	if seed.Type != "" {
		opts = append(opts, Type(seed.Type))
	}
	if seed.Region != "" {
		opts = append(opts, Region(seed.Region))
	}
	s.Put(seed.Name, seed.Value, opts...)
}

// control answers what a test asks of the server itself; the package comment
// lists the endpoints.
func (s *Server) control(w http.ResponseWriter, r *http.Request, body []byte) {
	what := strings.TrimPrefix(r.URL.Path, "/_secretstest/")
	result := any(map[string]any{"ok": true})
	var err error
	switch r.Method + " " + what {
	case "POST put":
		err = s.controlPut(body)
	case "POST faults":
		var faults []Fault
		if faults, err = decodeFaults(body); err == nil {
			s.Script(faults...)
		}
	case "POST clear":
		s.ClearFaults()
	case "POST forget":
		s.Forget()
	case "POST expire":
		s.ExpireCredentials()
	case "POST delete", "POST rate", "POST ttl", "POST role":
		err = s.controlSet(what, body)
	case "GET calls":
		calls := s.Calls(r.URL.Query()["op"]...)
		if calls == nil {
			calls = []Call{}
		}
		result = calls
	case "GET health":
	default:
		http.Error(w, "secretstest: no such control: "+r.Method+" "+r.URL.Path, http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, "secretstest: "+err.Error(), http.StatusBadRequest)
		return
	}
	a := plainJSON(result)
	a.body = append(a.body, '\n') // a person may ask, by curl
	a.send(w)
}

func (s *Server) controlPut(body []byte) error {
	var seeds []Seed
	if err := json.Unmarshal(body, &seeds); err != nil {
		seeds = make([]Seed, 1)
		if err := json.Unmarshal(body, &seeds[0]); err != nil {
			return err
		}
	}
	for _, seed := range seeds {
		s.Seed(seed)
	}
	return nil
}

func (s *Server) controlSet(what string, body []byte) error {
	var in struct {
		Name      string   `json:"name"`
		PerSecond float64  `json:"per_second"`
		Burst     int      `json:"burst"`
		TTL       Duration `json:"ttl"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return err
	}
	switch what {
	case "delete":
		s.Delete(in.Name)
	case "rate":
		s.SetRate(in.PerSecond, in.Burst)
	case "ttl":
		s.SetCredentialsTTL(time.Duration(in.TTL))
	case "role":
		s.SetInstanceRole(in.Name)
	}
	return nil
}
