package manifest

import (
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets/ssm"
)

// maxName leaves room for what is added to the name of a role, which has at most 64 letters.
const maxName = 48

// setName names what is deployed, and its image.
func (m *model) setName() error {
	m.name = m.options.Name
	if m.name == "" {
		m.name = m.profile.Name
		if command := m.options.Boot.Command; m.program && len(command) > 0 {
			m.name = path.Base(command[0])
		}
		m.name = plainName(m.name)
	}
	if m.name != plainName(m.name) {
		return m.options.Boot.Given.Wrongf("name", " %q: a name has lower-case letters, digits and \"-\", begins with a letter, and has at most %d letters; as in %s", m.name, maxName, plainName(m.name))
	}
	m.image = m.options.Image
	if m.image == "" {
		m.image = m.account + ".dkr.ecr." + m.region + "." + ssm.DNSSuffix(m.region) + "/" + m.name + ":1"
	}
	if strings.ContainsFunc(m.image, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'`$\\", r) }) {
		return m.options.Boot.Given.Wrongf("image", " %q: it is not the name of an image", m.image)
	}
	return nil
}

// plainName is a name as every kind takes it: a DNS label.
func plainName(s string) string {
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "-")
	s = strings.Trim(s, "-")
	if s == "" || s[0] < 'a' {
		s = strings.Trim("agent-"+s, "-")
	}
	return strings.TrimRight(s[:min(len(s), maxName)], "-")
}

// setWords finds the arguments of tsboot in the container: the flags as they were given, the profile as it is named there,
// a splay for the fleet, the command.
func (m *model) setWords() error {
	o := m.options
	if o.Boot.Given.Has("profile") {
		m.flags = append(m.flags, "--profile", m.profileThere())
	}
	m.flags = append(append(m.flags, o.Words...), m.settings...)
	if splay := fleetSplay(o.Hosts, o.Boot.Sources.Timeout); splay > 0 && !o.Boot.Given.Has("splay") && m.policy != nil {
		o.Boot.Sources.Splay = splay
		m.flags = append(m.flags, "--splay", splay.String())
	}
	for _, word := range m.words() {
		if !utf8.ValidString(word) || strings.ContainsRune(word, 0) {
			return boot.Usagef("the word %s is not UTF-8 text: a manifest is text and cannot hold it", strconv.QuoteToASCII(word))
		}
	}
	return nil
}

// addSettings sets what the agent needs in this kind other than by default, unless --set says it.
func (m *model) addSettings(need need, given map[string]string) {
	m.set = map[string]string{}
	maps.Copy(m.set, given)
	for _, s := range need.settings {
		if _, is := given[s.parameter]; is || !s.where(m.kind) {
			continue
		}
		m.settings = append(m.settings, "--set", s.parameter+"="+s.value)
		m.set[s.parameter] = s.value
		if s.why != "" {
			m.note(s.why)
		}
	}
}

// words are all arguments.
func (m *model) words() []string {
	words := slices.Clone(m.flags)
	if command := m.options.Boot.Command; len(command) > 0 {
		words = append(append(words, "--"), command...)
	}
	return words
}

// profileThere is how the container names the profile. A file must be in its image, or on the host of a unit.
func (m *model) profileThere() string {
	name := m.options.Boot.Profile
	if slices.Contains(profile.BuiltinNames(), name) {
		return name
	}
	there, dir, place := name, "/", "in the image"
	if m.kind.onHost {
		dir, place = "/etc/tsboot/", "on the host"
	}
	if !filepath.IsAbs(name) {
		there = dir + filepath.Base(name)
	}
	m.note("the profile is a file: it must be " + place + " as " + there)
	return there
}

// callsASecond is what Parameter Store answers for a whole account.
const callsASecond = 40

// fleetSplay spreads the first calls of a fleet over the time that the account's limit takes for them, within the deadline.
func fleetSplay(hosts int, deadline time.Duration) time.Duration {
	splay := time.Duration(hosts/callsASecond) * time.Second
	most := 4 * time.Minute
	if deadline > 0 {
		most = min(most, deadline*4/5)
	}
	return min(splay, most).Truncate(time.Second)
}
