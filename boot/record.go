package boot

import (
	"errors"
	"io/fs"
	"time"
)

// A Record is what a preparation found and did: names, places and numbers, never a value of a parameter. The stages fill
// it. It crosses the pipe from the worker with the plan, or with the Failure. What check prints is a view of it.
//
// The zero Record is that of a preparation that found nothing. Nobody changes it once the preparation has ended.
type Record struct {
	Region     RegionRecord      // zero when AWS was not asked
	Identity   IdentityRecord    // zero without credentials
	ECS        ECSRecord         // zero outside of ECS, and where its metadata did not answer in time
	Profile    ProfileRecord     // zero when no profile was found
	Sources    []SourceRecord    // paths, references, variables, directories, each in order
	Facts      []FactRecord      // that this boot needs, in the order of their first use
	Parameters []ParameterRecord // the declared ones in the order of the profile, then the others
	Files      []FileRecord      // in the order of the profile
	Commands   []CommandRecord   // in the order of a boot; only check looks at them
	Calls      int               // of Parameter Store, tries included; check does not count them
	Retries    int               // tries after a failure, of any call
	Waited     time.Duration     // for retries and the splay; check does not measure it
	Phases     []Phase           // one for each stage that ran, in order
	Existing   bool              // an outage: the plan runs on the files of an earlier boot
	Warnings   []Problem         // what a boot goes on with, in the order in which it was found
	Failure    *Failure          // what ended the preparation; nil: nothing did
}

// A RegionRecord is the region of the first call, and what named it.
type RegionRecord struct {
	Name   string
	Source string // --region, AWS_REGION, the task's ARN, ...
}

// An IdentityRecord is who AWS was asked as.
type IdentityRecord struct {
	ARN      string // empty unless STS was asked, which only check does
	Account  string // empty where neither the credentials nor STS say it
	Provider string // of the credentials: task role, instance role, environment, ...
	Note     string // why STS did not answer; empty: it did, or was not asked
}

// An ECSRecord is the ECS task that tsboot runs in. A field is empty where the metadata has no such key.
type ECSRecord struct {
	Cluster           string // the name, also where the metadata has the ARN
	TaskARN           string
	TaskID            string
	Family            string
	Revision          string
	AvailabilityZone  string
	ContainerInstance string // the id; only in the file of ECS_CONTAINER_METADATA_FILE
	Image             string // of the container that tsboot runs in
}

// A ProfileRecord is the chosen profile.
type ProfileRecord struct {
	Name string
	Why  string // what chose it: a flag or variable, or the file that was detected
}

// States of a source.
const (
	SourceRead     = "read"
	SourceFailed   = "failed"
	SourceNotAsked = "not-asked" // without region or credentials
)

// A SourceRecord is one path, reference, variable or directory.
type SourceRecord struct {
	Kind       string // path, reference, variable, directory
	Name       string
	State      string // SourceRead, SourceFailed, SourceNotAsked
	Code       string // of the problem; empty: none
	Parameters int    // that it gave
	Retries    int    // of check, which reads each by itself; a boot counts them together
}

// A ParameterRecord is one parameter and where its value comes from.
type ParameterRecord struct {
	Name         string
	State        string // found, default, unset, missing, invalid, unread, unknown
	Secret       bool   // by the profile or by its source
	FullName     string // as its source knows it; empty where no source gives it
	Source       string // ssm:PATH, ssm-parameter, dir:DIR, environment, --set
	Type         string // of Parameter Store: String, StringList, SecureString; "file" for a file
	Version      int64  // of Parameter Store; 0: it has none
	LastModified time.Time
	Trimmed      bool             // it had white space around its value
	Overridden   []OverrideRecord // what it won over, the last one overridden last
}

// An OverrideRecord is a parameter that another one overrides.
type OverrideRecord struct {
	FullName string
	Source   string
}

// A FactRecord is one fact that the profile uses. Facts are not secret.
type FactRecord struct {
	Name  string
	Value string // empty: it is not to be had
}

// A FileRecord is one file of the profile.
type FileRecord struct {
	Path     string // empty where it depends on a parameter without a good value
	State    string // new, changed, unchanged, unknown; of a boot: changed (it was written) or unchanged
	Mode     fs.FileMode
	Writable bool      // or need not be written
	Changed  time.Time // when its content was last changed, by this boot or an earlier one; zero: not known, and in a check
}

// A CommandRecord is the program of one command.
type CommandRecord struct {
	Use     string // setup NAME, run, health
	Program string // as the profile or the command line has it
	Path    string // where it was found; empty: nowhere
	Runs    bool   // it can be executed
	Skipped bool   // a setup step that would not run now
}

// A Phase is how long one stage took.
type Phase struct {
	Name string // profile, user, sources, ...: see the lists of stages
	Took time.Duration
}

// A Failure is an error in the form that crosses a pipe and that a view can show.
type Failure struct {
	Kind   Kind
	Code   string  // of the catalogue
	Text   string  // one line, or one for each of Faults
	Faults []Fault // the parts of Text, at least one
}

func failureOf(err error) *Failure {
	return &Failure{Kind: KindOf(err), Code: CodeOf(err), Text: err.Error(), Faults: FaultsOf(err)}
}

// err is the failure as an error again.
func (f *Failure) err() error {
	return &Error{Kind: f.Kind, Code: f.Code, Faults: f.Faults, Err: errors.New(f.Text)}
}
