package secretstest

import (
	"encoding/json"
	"maps"
)

// oddPage bends a right answer of GetParametersByPath. An answer that is not
// a page stays as it is.
func (s *Server) oddPage(c Call, body []byte, kind string, right answer) answer {
	var in byPathInput
	var p page
	if json.Unmarshal(body, &in) != nil || json.Unmarshal(right.body, &p) != nil || right.status != 200 {
		return right
	}
	var extra map[string]any
	switch kind {
	case EmptyPage: // the same place again, with another token each time
		at, _ := s.position(in.Path, in.NextToken)
		token := s.token(in.Path, at, s.nonce())
		p = page{Parameters: []map[string]any{}, NextToken: &token}
	case RepeatToken:
		token := in.NextToken
		if token == "" {
			token = s.token(in.Path, 0, 0)
		}
		p.NextToken = &token
	case EmptyToken:
		if p.NextToken == nil {
			p.NextToken = new(string)
		}
	case DuplicateName:
		if all := s.store.below(s.regionOf(c), in.Path, in.Recursive, "", ""); len(all) > 0 {
			p.Parameters = append(p.Parameters, fields(s.wire(s.regionOf(c), all[0], in.WithDecryption)))
		}
	case MissingValue, MissingName, UnknownType:
		bend(p.Parameters, kind)
	case UnknownFields:
		extra = map[string]any{"Novelty": map[string]any{"Of": []int{1, 2, 3}}}
		for _, parameter := range p.Parameters {
			maps.Copy(parameter, map[string]any{"Novelty": "yes", "Tier": []any{nil, 1.5}})
		}
	}
	result := map[string]any{"Parameters": p.Parameters}
	if p.NextToken != nil {
		result["NextToken"] = *p.NextToken
	}
	maps.Copy(result, extra)
	right.body = encode(result)
	return right
}

func bend(list []map[string]any, kind string) {
	if len(list) == 0 {
		return
	}
	switch kind {
	case MissingValue:
		delete(list[0], "Value")
	case MissingName:
		delete(list[0], "Name")
	case UnknownType:
		list[0]["Type"] = "QuantumString"
	}
}

func (s *Server) regionOf(c Call) string {
	if c.Region == "" {
		return s.region
	}
	return c.Region
}

// nonce is a number that was not used before.
func (s *Server) nonce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nonces++
	return s.nonces
}
