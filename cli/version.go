package cli

import "runtime/debug"

// Version is the version that the linker wrote into the program, else the one that the go command did.
func Version(linked string) string {
	if linked != "" {
		return linked
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return versionOfBuild(&debug.BuildInfo{})
	}
	return versionOfBuild(info)
}

// versionOfBuild is the version of the module where the go command knows one: go install of a version, go build in a
// repository. Otherwise it is "devel", with the commit where that is known.
func versionOfBuild(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	text, dirty := "devel", ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			text += "-" + setting.Value[:min(12, len(setting.Value))]
		case "vcs.modified":
			if setting.Value == "true" {
				dirty = "-dirty"
			}
		}
	}
	return text + dirty
}
