package event

import (
	"strings"

	"github.com/tsboot/tsboot/watch/audit"
)

const (
	typeUserAVC       audit.Type = 1107 // a program asked SELinux or AppArmor
	typeMACPolicyLoad audit.Type = 1403
	typeIPE           audit.Type = 1420
	typeCrypto        audit.Type = 1600 // the first behind APPARMOR_*
)

// isVerdict is whether a record of type t says what a security module did.
func isVerdict(t audit.Type) bool {
	return t == audit.TypeAVC || t == typeUserAVC || t >= audit.TypeAppArmor && t < typeCrypto
}

// verdict is what a security module says that it did.
type verdict int8

const (
	noVerdict      verdict = iota // it says something of itself: a notice
	verdictPolicy                 // AppArmor has loaded, replaced or removed a profile
	verdictAllowed                // what was asked for, also where a profile only complains
	verdictDenied
)

// verdictClasses are the classes of its records.
var verdictClasses = [...]class{
	noVerdict:      {categoryConfiguration, typeInfo},
	verdictPolicy:  {categoryConfiguration, typeChange},
	verdictAllowed: {categoryIntrusion, typeAllowed},
	verdictDenied:  {categoryIntrusion, typeDenied},
}

// readVerdict reads a record of a security module. Of several the strictest counts.
func (b *builder) readVerdict(r *audit.Record) {
	b.verdict = max(b.verdict, verdictOf(r.Data, b.fields))
}

// verdictOf goes by the word of AppArmor (apparmor="DENIED"), of Smack (action=denied), or of SELinux (avc:  denied  { read }).
func verdictOf(data string, fields *audit.Fields) verdict {
	word, found := fields.Text("apparmor")
	if !found {
		word, found = fields.Text("action")
	}
	if _, rest, is := strings.Cut(data, "avc:"); is && !found {
		word, _, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
	}
	switch word {
	case "DENIED", "KILLED", "denied":
		return verdictDenied
	case "ALLOWED", "AUDIT", "granted":
		return verdictAllowed
	case "STATUS":
		return verdictPolicy
	}
	return noVerdict
}
