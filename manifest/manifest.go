package manifest

import (
	"slices"
	"strings"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/secrets"
)

// Options are what a manifest is made from. All but Boot and Words may be zero.
type Options struct {
	Boot  *boot.Options
	Words []string // the flags for tsboot in the container, without --profile
	User  string   // --user, which need not exist on this machine

	Name    string   // of what is deployed; empty: after the profile, or the command of exec
	Image   string   // empty: Name in the account's own registry
	Account string   // empty: a placeholder
	Keys    []string // customer managed KMS keys of the parameters
	Memory  int      // MiB; 0: what the profile's agent needs
	Hosts   int      // how many hosts boot at once, for --splay; 0: not known
	Mounts  []string // HOST:CONTAINER[:rw]
}

// A Manifest is the text of a deployment, with what a person must know about it.
type Manifest struct {
	Text  []byte
	Notes []string
}

// kind is one way to deploy, with the limits of what runs it.
type kind struct {
	name          string
	longestStop   int      // seconds between stop signal and SIGKILL; 0: any
	longestStart  int      // seconds in which a failed health check does not count; 0: any
	mostMemory    int      // MiB; 0: what a number of ECS holds, which nobody has
	noHost        string   // why there is nothing of the host; empty: there is
	capabilities  []string // that can be added; nil: all
	onHost        bool     // it is no container: files stay where they are
	makesLogGroup bool     // by itself, so that ECS need not
	write         func(*model) ([]byte, error)
}

// canAdd says whether a container of the kind can have the capability.
func (k *kind) canAdd(capability string) bool {
	return k.capabilities == nil || slices.Contains(k.capabilities, capability)
}

func kinds() []kind {
	const ecsStop, ecsStart = 120, 300
	return []kind{
		{name: "ecs", longestStop: ecsStop, longestStart: ecsStart, capabilities: ecsCapabilities, write: writeECS},
		{name: "ecs-daemon", longestStop: ecsStop, longestStart: ecsStart, capabilities: ecsCapabilities, write: writeDaemon},
		{name: "fargate", longestStop: ecsStop, longestStart: ecsStart, mostMemory: mostOnFargate, noHost: "Fargate has no host to mount or to share", capabilities: []string{"SYS_PTRACE"}, write: writeFargate},
		{name: "cloudformation", longestStop: ecsStop, longestStart: ecsStart, capabilities: ecsCapabilities, makesLogGroup: true, write: writeCloudFormation},
		{name: "terraform", longestStop: ecsStop, longestStart: ecsStart, capabilities: ecsCapabilities, makesLogGroup: true, write: writeTerraform},
		{name: "kubernetes", write: writeKubernetes},
		{name: "compose", write: writeCompose},
		{name: "systemd", onHost: true, write: writeSystemd},
	}
}

// Kinds are the names of the kinds.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Make writes a deployment. Its errors are of kind boot.Usage, or of the profile.
func Make(name string, o Options) (*Manifest, error) {
	all := kinds()
	i := slices.IndexFunc(all, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil, unknownKind(name)
	}
	d, err := o.Boot.Deployment(boot.PolicyOptions{Account: o.Account, Keys: o.Keys})
	if err != nil {
		return nil, err
	}
	switch {
	case o.Hosts < 0:
		return nil, o.Boot.Given.Wrongf("hosts", " %d: want 0 or more", o.Hosts)
	}
	m, err := newModel(&all[i], &o, d)
	if err != nil {
		return nil, err
	}
	text, err := all[i].write(m)
	if err != nil {
		return nil, err
	}
	m.notePlaceholders(text)
	return &Manifest{Text: text, Notes: m.notes}, nil
}

func unknownKind(name string) error {
	list := "the kinds are " + strings.Join(Kinds(), ", ")
	if name == "" {
		return boot.Usagef("tsboot manifest: name a kind; %s", list)
	}
	if near := nearestKind(name); near != "" {
		list += "; the nearest is " + near
	}
	return boot.Usagef("no kind of manifest %q: %s", name, list)
}

// otherNames are what people call some kinds.
var otherNames = map[string]string{
	"cfn": "cloudformation", "docker": "compose", "docker-compose": "compose", "eks": "kubernetes", "k8s": "kubernetes", "tf": "terraform", "unit": "systemd",
}

// nearestKind is the kind that a wrong word means, or "".
func nearestKind(word string) string {
	word = strings.ToLower(word)
	names := Kinds()
	if near := otherNames[word]; slices.Contains(names, near) {
		return near
	}
	if near := secrets.Nearest(word, names); near != "" {
		return near
	}
	for _, name := range names {
		if len(word) > 1 && (strings.HasPrefix(name, word) || strings.HasPrefix(word, name)) {
			return name
		}
	}
	return ""
}
