package event

import (
	"path"
	"strings"
)

// resolve is the full path of a name that a process in directory used. A rule on /etc/shadow must see the file however it
// was called: "cd /etc; cat shadow", "/etc//shadow". What follows a ".." behind another name stays, since that other name
// may be a link to elsewhere.
func resolve(directory, name string) string {
	if name == "" {
		return ""
	}
	if name[0] != '/' {
		if directory == "" || directory[0] != '/' {
			return name
		}
		directory, name = ascend(directory, name)
		name = strings.TrimSuffix(directory, "/") + "/" + name
	}
	if isClean(name) || hasParent(name) {
		return name
	}
	return path.Clean(name)
}

// ascend takes the ".." and "." off that name begins with. The kernel gives the directory without links, so there they mean
// what they say.
func ascend(directory, name string) (string, string) {
	for {
		first, rest, _ := strings.Cut(name, "/")
		switch first {
		case "..":
			directory = path.Dir(directory)
		case ".", "":
			if name == "" {
				return directory, name
			}
		default:
			return directory, name
		}
		name = rest
	}
}

func hasParent(name string) bool {
	return strings.Contains(name, "/../") || strings.HasSuffix(name, "/..")
}

// isClean is whether path.Clean would change nothing, at no cost.
func isClean(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] != '/' {
			continue
		}
		switch rest := name[i+1:]; {
		case rest == "":
			return i == 0
		case rest[0] == '/' || rest[0] == '.' && (len(rest) == 1 || rest[1] == '/'):
			return false
		}
	}
	return true
}

// base is the last part of a path.
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
