package manifest

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/boot"
	"github.com/tsboot/tsboot/configgen/profile"
)

// setMounts takes what the agent needs of the host, and --mount.
func (m *model) setMounts(need need) error {
	mounts := slices.Clone(need.mounts)
	for i, text := range m.options.Mounts {
		given, err := m.parseMount(text)
		if err != nil {
			return err
		}
		given.name = "mount-" + strconv.Itoa(i+1)
		mounts = append(slices.DeleteFunc(mounts, func(other mount) bool { return other.path == given.path }), given)
	}
	if file := m.options.Boot.MetricsFile; file != "" { // for the textfile collector, which is outside
		dir := path.Dir(file)
		mounts = append(mounts, mount{name: "metrics", host: dir, path: dir, writable: true})
	}
	if m.kind.noHost == "" {
		m.mounts = mounts
		return nil
	}
	for _, mount := range mounts {
		m.note(mount.host + " is not mounted: " + m.kind.noHost)
	}
	return nil
}

// parseMount reads HOST:CONTAINER[:rw].
func (m *model) parseMount(text string) (mount, error) {
	parts := strings.Split(text, ":")
	if len(parts) == 3 && parts[2] == "rw" || len(parts) == 2 {
		given := mount{host: path.Clean(parts[0]), path: path.Clean(parts[1]), writable: len(parts) == 3}
		switch {
		case !path.IsAbs(parts[0]) || !path.IsAbs(parts[1]) || given.path == "/":
		case given.writable && (given.host == "/" || strings.HasSuffix(given.host, "/docker.sock")):
			return mount{}, m.options.Boot.Given.Wrongf("mount", " %q: %s gives the whole host to the container; leave out \":rw\"", text, given.host)
		default:
			return given, nil
		}
	}
	return mount{}, m.options.Boot.Given.Wrongf("mount", " %q: want HOST:CONTAINER or HOST:CONTAINER:rw, both absolute", text)
}

// setDirectories finds out what must be writable, and whether the root file system need not be.
func (m *model) setDirectories(need need, set map[string]string) error {
	dirs, all := configDirs(m.profile, set)
	if m.options.Boot.Sources.OnFailure == boot.UseExistingOnFailure && !m.kind.onHost {
		if err := m.keep(dirs); err != nil {
			return err
		}
	}
	m.readOnly = all && !need.writableRoot && !(m.uid != 0 && m.kind.noHost != "") // a volume of Fargate is root's
	m.own = dirs
	if m.runDir != "" {
		m.own = append(m.own, m.runDir)
	}
	for _, dir := range dirs {
		if m.hides(dir) != "" && !m.mounted(dir) {
			m.readOnly = false
		}
	}
	if m.readOnly {
		m.scratch = slices.DeleteFunc(outermost(slices.Concat(m.own, need.scratch)), m.mounted)
	}
	return nil
}

// keep puts the directories of the files on the host, where they outlive the container.
func (m *model) keep(dirs []string) error {
	flag := m.options.Boot.Given.Name("on-fetch-failure")
	if m.kind.noHost != "" {
		return boot.Usagef("%s %s: %s, so no file of an earlier boot is ever there", flag, boot.UseExistingOnFailure, m.kind.noHost)
	}
	for i, dir := range outermost(dirs) {
		if m.mounted(dir) {
			continue
		}
		if what := m.hides(dir); what != "" {
			return boot.Usagef("%s %s: the files would have to outlive the container in %s, and a volume there hides %s of the image; have the profile write into a directory of its own", flag, boot.UseExistingOnFailure, dir, what)
		}
		kept := mount{name: "config-" + strconv.Itoa(i+1), host: "/var/lib/tsboot/" + m.name + dir, path: dir, writable: true}
		m.mounts = append(m.mounts, kept)
		if m.uid != 0 {
			m.note("make " + kept.host + " on each host, of the user " + strconv.Itoa(m.uid) + " of the image")
		}
	}
	return nil
}

// mounted says whether a directory is, or is below, a writable one of the host.
func (m *model) mounted(dir string) bool {
	return slices.ContainsFunc(m.mounts, func(mount mount) bool { return mount.writable && within(dir, mount.path) })
}

// hides says what of the image an empty directory in place of dir would hide; "" for nothing that is known.
func (m *model) hides(dir string) string {
	if strings.Count(dir, "/") < 2 {
		return "what else is in " + dir
	}
	known := slices.Clone(m.profile.Detect)
	for _, f := range m.profile.Files {
		known = append(known, f.Base.Text)
	}
	commands := [][]*profile.Template{m.profile.Run.Argv, m.profile.Run.Stop}
	for _, step := range slices.Concat(m.profile.Setup, m.profile.BeforeStart) {
		commands = append(commands, step.Argv)
	}
	for _, argv := range commands {
		if len(argv) > 0 {
			known = append(known, argv[0].String())
		}
	}
	for _, file := range known {
		if file != "" && within(file, dir) {
			return file
		}
	}
	return ""
}

func within(file, dir string) bool {
	return file == dir || strings.HasPrefix(file, strings.TrimSuffix(dir, "/")+"/")
}

// outermost are the directories that are in no other, sorted.
func outermost(dirs []string) []string {
	sorted := slices.Clone(dirs)
	slices.Sort(sorted)
	var list []string
	for _, dir := range sorted {
		if !slices.ContainsFunc(list, func(outer string) bool { return within(dir, outer) }) {
			list = append(list, dir)
		}
	}
	return list
}

// configDirs are the directories that the profile writes to, and whether the values that these take are all known here.
func configDirs(p *profile.Profile, set map[string]string) (dirs []string, all bool) {
	all = true
	for _, f := range p.Files {
		name, known := pathHere(p, f.Path, set)
		all = all && known
		if dir := path.Dir(name); path.IsAbs(name) && (known || dir != "/") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, all
}

// pathHere is a path up to the first value that only the store or the host knows.
func pathHere(p *profile.Profile, t *profile.Template, set map[string]string) (name string, known bool) {
	for _, part := range t.Parts {
		value, ok := part.Literal, true
		if part.Name != "" {
			value, ok = set[part.Name]
			if d, declared := p.Parameter(part.Name); !ok && declared && d.Default != nil {
				value, ok = *d.Default, true
			}
		}
		if !ok {
			return path.Clean(name + "x"), false
		}
		name += value
	}
	return path.Clean(name), true
}
