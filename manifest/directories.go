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
	mounts, err := m.withMetrics(mounts)
	if err != nil {
		return err
	}
	if m.kind.noHost == "" {
		m.mounts = mounts
		return m.setSecretsDirs()
	}
	for _, mount := range mounts {
		m.note(mount.host + " is not mounted: " + m.kind.noHost)
	}
	return m.setSecretsDirs()
}

// withMetrics adds the directory of the metrics file, for the textfile collector, which is outside.
func (m *model) withMetrics(mounts []mount) ([]mount, error) {
	file := m.options.Boot.MetricsFile
	if file == "" {
		return mounts, nil
	}
	dir := path.Dir(file)
	if !m.kind.onHost && (!path.IsAbs(file) || dir == "/") {
		return nil, m.options.Boot.Given.Wrongf("metrics-file", " %q: want a file in a directory that can be mounted from the host, as in /var/lib/node_exporter/tsboot.prom", file)
	}
	if i := slices.IndexFunc(mounts, func(other mount) bool { return other.path == dir }); i >= 0 {
		mounts[i].writable = true
		return mounts, m.checkWritable(&mounts[i])
	}
	return append(mounts, mount{name: "metrics", host: dir, path: dir, writable: true}), nil
}

// setSecretsDirs keeps the directories of secrets that no mount covers: those that the kind has to mount.
func (m *model) setSecretsDirs() error {
	for _, dir := range m.options.Boot.Sources.Dirs {
		if m.kind.onHost {
			break
		}
		clean := path.Clean(dir)
		if !path.IsAbs(dir) || clean == "/" {
			return m.options.Boot.Given.Wrongf("secrets-dir", " %q: want an absolute path: nobody knows here which directory the container starts in", dir)
		}
		covered := slices.ContainsFunc(m.mounts, func(mount mount) bool { return within(clean, mount.path) })
		if !covered && !slices.Contains(m.secretsDirs, clean) {
			m.secretsDirs = append(m.secretsDirs, clean)
		}
	}
	return nil
}

// checkWritable refuses what gives the whole host to the container.
func (m *model) checkWritable(given *mount) error {
	if given.host != "/" && !strings.HasSuffix(given.host, "/docker.sock") {
		return nil
	}
	return m.options.Boot.Given.Wrongf("mount", " %q: %s, writable, gives the whole host to the container; leave out \":rw\"", given.host+":"+given.path, given.host)
}

// parseMount reads HOST:CONTAINER[:rw].
func (m *model) parseMount(text string) (mount, error) {
	parts := strings.Split(text, ":")
	if len(parts) == 3 && parts[2] == "rw" || len(parts) == 2 {
		given := mount{host: path.Clean(parts[0]), path: path.Clean(parts[1]), writable: len(parts) == 3}
		switch {
		case !path.IsAbs(parts[0]) || !path.IsAbs(parts[1]) || given.path == "/":
		case given.writable:
			return given, m.checkWritable(&given)
		default:
			return given, nil
		}
	}
	return mount{}, m.options.Boot.Given.Wrongf("mount", " %q: want HOST:CONTAINER or HOST:CONTAINER:rw, both absolute", text)
}

// setDirectories finds out what must be writable, and whether the root file system need not be.
func (m *model) setDirectories(need need) error {
	dirs, all := configDirs(m.profile, m.set)
	if m.options.Boot.Sources.OnFailure == boot.UseExistingOnFailure && !m.kind.onHost {
		if err := m.keep(dirs); err != nil {
			return err
		}
	}
	m.readOnly = all && !need.writableRoot && !(m.uid != 0 && m.kind.noHost != "") // a volume of Fargate is root's
	m.own = dirs
	if m.runDir != "" {
		if !m.kind.onHost && !path.IsAbs(m.runDir) {
			return m.options.Boot.Given.Wrongf("run-dir", " %q: want an absolute path: nobody knows here which directory the container starts in", m.runDir)
		}
		m.own = append(m.own, path.Clean(m.runDir))
	}
	if !m.kind.onHost {
		if err := m.checkOwn(); err != nil {
			return err
		}
	}
	for _, dir := range m.own {
		if m.hides(dir) != "" && !m.mounted(dir) {
			m.readOnly = false
		}
	}
	if m.readOnly {
		m.scratch = slices.DeleteFunc(outermost(slices.Concat(m.own, need.scratch)), m.mounted)
	}
	return nil
}

// checkOwn refuses what is mounted read-only where tsboot has to write.
func (m *model) checkOwn() error {
	given := m.options.Boot.Given
	for _, dir := range m.own {
		for _, secrets := range m.secretsDirs {
			if within(dir, secrets) {
				return given.Wrongf("secrets-dir", " %s: what is mounted there is read-only, and tsboot writes to %s", secrets, dir)
			}
		}
		var inner mount // the one that dir is in
		for _, mount := range m.mounts {
			if within(dir, mount.path) && len(mount.path) > len(inner.path) {
				inner = mount
			}
		}
		if inner.path != "" && !inner.writable {
			return given.Wrongf("mount", " \"%s:%s\": it is read-only, and tsboot writes to %s; add \":rw\"", inner.host, inner.path, dir)
		}
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
