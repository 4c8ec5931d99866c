package secretstest

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A wireParameter is a parameter in an answer. The pointers let a fault leave
// a field out.
type wireParameter struct {
	ARN              string
	DataType         string
	LastModifiedDate float64
	Name             *string `json:",omitempty"`
	Selector         string  `json:",omitempty"`
	Type             string
	Value            *string `json:",omitempty"`
	Version          int64
}

// A page is the answer of GetParametersByPath.
type page struct {
	Parameters []map[string]any
	NextToken  *string `json:",omitempty"`
}

// parameterStore runs one operation of the service.
func (s *Server) parameterStore(c Call, body []byte) (any, error) {
	region := c.Region
	if region == "" {
		region = s.region
	}
	if err := s.creds.check(c.AccessKeyID); err != nil {
		return nil, err
	}
	if err := s.throttled(c.Op); err != nil {
		return nil, err
	}
	switch c.Op {
	case "GetParametersByPath":
		return s.getParametersByPath(region, body)
	case "GetParameters":
		return s.getParameters(region, body)
	case "GetParameter":
		return s.getParameter(region, body)
	case "PutParameter":
		return s.putParameter(region, body)
	case "DescribeParameters":
		return s.describeParameters(region, body)
	}
	return nil, failure(400, "UnknownOperationException", fmt.Sprintf("secretstest does not know the operation %q", c.Op))
}

func (s *Server) throttled(op string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket == nil || !strings.HasPrefix(op, "GetParameter") || s.bucket.Take(time.Now()) {
		return nil
	}
	return failure(400, "ThrottlingException", "Rate exceeded")
}

func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return failure(400, "SerializationException", "")
	}
	return nil
}

// wire is one parameter as an answer has it.
func (s *Server) wire(region string, f found, decrypt bool) wireParameter {
	value := f.value
	if f.typ == TypeSecureString && !decrypt {
		value = ciphertext(f.name, value)
	}
	w := wireParameter{
		ARN:              f.arn,
		DataType:         "text",
		LastModifiedDate: float64(f.modified.UnixMilli()) / 1000,
		Name:             &f.name,
		Selector:         f.selector,
		Type:             f.typ,
		Value:            &value,
		Version:          f.number,
	}
	switch id, isRef := strings.CutPrefix(f.name, secretsManagerPrefix); {
	case w.ARN != "":
	case isRef:
		w.ARN = fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s-AbCdEf", partition(region), region, s.account, id)
	default:
		w.ARN = parameterARN(region, s.account, f.name)
	}
	return w
}

type byPathInput struct {
	Path             string
	Recursive        bool
	WithDecryption   bool
	MaxResults       *int
	NextToken        string
	ParameterFilters []struct {
		Key, Option string
		Values      []string
	}
}

var pathPattern = regexp.MustCompile(`^(/[a-zA-Z0-9_.-]+)*/?$`)

func (s *Server) getParametersByPath(region string, body []byte) (any, error) {
	var in byPathInput
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.Path, "/") || !pathPattern.MatchString(in.Path) {
		return nil, invalid("The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
	}
	size := 10
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 10 {
		return nil, invalid(fmt.Sprintf("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 10", size))
	}
	var label, typ string
	for _, f := range in.ParameterFilters {
		switch {
		case f.Key == "Label" && len(f.Values) == 1:
			label = f.Values[0]
		case f.Key == "Type" && len(f.Values) == 1:
			typ = f.Values[0]
		default:
			return nil, failure(400, "InvalidFilterKey", "")
		}
	}
	all := s.store.below(region, in.Path, in.Recursive, label, typ)
	start, ok := s.position(in.Path, in.NextToken)
	if !ok || start > len(all) {
		return nil, failure(400, "InvalidNextToken", "")
	}
	end := min(start+size, len(all))
	p := page{Parameters: []map[string]any{}}
	for _, f := range all[start:end] {
		p.Parameters = append(p.Parameters, fields(s.wire(region, f, in.WithDecryption)))
	}
	if end < len(all) {
		token := s.token(in.Path, end, 0)
		p.NextToken = &token
	}
	return p, nil
}

// fields turns a parameter into a tree that a fault can bend.
func fields(w wireParameter) map[string]any {
	m := map[string]any{"ARN": w.ARN, "DataType": w.DataType, "LastModifiedDate": w.LastModifiedDate, "Name": *w.Name, "Type": w.Type, "Value": *w.Value, "Version": w.Version}
	if w.Selector != "" {
		m["Selector"] = w.Selector
	}
	return m
}

// token hides a position in the listing of path; it is good for that path only.
// With another nonce it is another token for the same position.
func (s *Server) token(path string, at, nonce int) string {
	tail := strconv.FormatInt(int64(at), 36) + "." + strconv.FormatInt(int64(nonce), 36)
	sum := sha256.Sum256([]byte(strings.TrimSuffix(path, "/") + "\x00" + tail + "\x00secretstest"))
	return base64.StdEncoding.EncodeToString(sum[:]) + tail
}

func (s *Server) position(path, token string) (int, bool) {
	if token == "" {
		return 0, true
	}
	head := base64.StdEncoding.EncodedLen(sha256.Size)
	if len(token) <= head {
		return 0, false
	}
	text, tail, _ := strings.Cut(token[head:], ".")
	at, err := strconv.ParseInt(text, 36, 32)
	nonce, err2 := strconv.ParseInt(tail, 36, 32)
	if err != nil || err2 != nil || s.token(path, int(at), int(nonce)) != token {
		return 0, false
	}
	return int(at), true
}

// resolve finds a parameter by name, selector, ARN or reference.
func (s *Server) resolve(region, ref string, decrypt bool) (wireParameter, error) {
	name, arn := ref, ""
	if parts := strings.SplitN(ref, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		if parts[2] != "ssm" || parts[3] != region || !strings.HasPrefix(parts[5], "parameter/") {
			return wireParameter{}, invalid("Invalid parameter ARN: " + ref)
		}
		name = strings.TrimPrefix(parts[5], "parameter")
		arn, _, _ = strings.Cut(ref, parts[5])
		base, _, _ := strings.Cut(parts[5], ":")
		arn += base
	}
	if strings.HasPrefix(name, secretsManagerPrefix) && !decrypt {
		return wireParameter{}, invalid("WithDecryption flag must be True for retrieving a Secret Manager secret.")
	}
	f, err := s.store.get(region, name)
	if err != nil && arn != "" { // a one-segment name has no slash of its own
		f, err = s.store.get(region, strings.TrimPrefix(name, "/"))
	}
	if err != nil {
		return wireParameter{}, err
	}
	f.arn = arn
	return s.wire(region, f, decrypt), nil
}

func (s *Server) getParameters(region string, body []byte) (any, error) {
	var in struct {
		Names          []string
		WithDecryption bool
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if len(in.Names) < 1 || len(in.Names) > 10 {
		return nil, invalid(fmt.Sprintf("1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10, has %d", len(in.Names)))
	}
	out := struct {
		Parameters        []map[string]any
		InvalidParameters []string
	}{[]map[string]any{}, []string{}}
	asked := map[string]bool{}
	for _, name := range in.Names {
		bare := bareName(name)
		if asked[bare] {
			return nil, invalid("Duplicate parameter names are not allowed: " + name)
		}
		asked[bare] = true
		w, err := s.resolve(region, name, in.WithDecryption)
		switch err {
		case nil:
			out.Parameters = append(out.Parameters, fields(w))
		case errNotFound, errVersionNotFound:
			out.InvalidParameters = append(out.InvalidParameters, name)
		default:
			return nil, err
		}
	}
	return out, nil
}

// bareName is a parameter's name without ARN, version, label and leading slash.
// One call may not ask for two versions of a parameter: their answers could not
// be told apart by name.
func bareName(ref string) string {
	if parts := strings.SplitN(ref, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		ref = strings.TrimPrefix(parts[5], "parameter")
	}
	ref, _, _ = strings.Cut(ref, ":")
	return strings.TrimPrefix(ref, "/")
}

func (s *Server) getParameter(region string, body []byte) (any, error) {
	var in struct {
		Name           string
		WithDecryption bool
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	w, err := s.resolve(region, in.Name, in.WithDecryption)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Parameter": fields(w)}, nil
}

func (s *Server) putParameter(region string, body []byte) (any, error) {
	var in struct {
		Name, Value, Type, KeyID string
		Overwrite                bool
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if _, err := s.store.get(region, in.Name); err == nil && !in.Overwrite {
		return nil, failure(400, "ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	}
	if in.Value == "" || len(in.Value) > 8192 {
		return nil, invalid("Value must be between 1 and 8192 characters")
	}
	if in.Type == "" {
		in.Type = TypeString
	}
	n := s.store.put(region, in.Name, version{value: in.Value, typ: in.Type, modified: time.Now()})
	return map[string]any{"Version": n, "Tier": "Standard"}, nil
}

func (s *Server) describeParameters(region string, body []byte) (any, error) {
	var in struct {
		ParameterFilters []struct {
			Key, Option string
			Values      []string
		}
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	path := "/"
	for _, f := range in.ParameterFilters {
		if f.Key != "Path" || f.Option != "Recursive" || len(f.Values) != 1 {
			return nil, failure(400, "InvalidFilterKey", "")
		}
		path = f.Values[0]
	}
	list := []map[string]any{}
	for _, f := range s.store.below(region, path, true, "", "") {
		m := fields(s.wire(region, f, false))
		delete(m, "Value")
		if f.typ == TypeSecureString {
			m["KeyId"] = cmp.Or(f.key, "alias/aws/ssm")
		}
		list = append(list, m)
	}
	return map[string]any{"Parameters": list}, nil
}

// resource is the ARN that a refusal of this request names.
func (s *Server) resource(c Call, body []byte) string {
	var in struct {
		Path, Name string
		Names      []string
	}
	_ = json.Unmarshal(body, &in)
	name := in.Path + in.Name
	if len(in.Names) > 0 {
		name = in.Names[0]
	}
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	region := c.Region
	if region == "" {
		region = s.region
	}
	return parameterARN(region, s.account, name)
}
