package container

import "strings"

// ParseImage reads an image as its user wrote it: registry:5000/name:tag@sha256:... A digest alone has no name.
func ParseImage(text string) Image {
	var image Image
	name, digest, _ := strings.Cut(text, "@")
	if digest == "" && isDigest(name) {
		name, digest = "", name
	}
	if isDigest(digest) {
		image.Hashes = []string{digest}
	}
	image.Name = name
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.Contains(name[i:], "/") {
		image.Name, image.Tag = name[:i], name[i+1:]
	}
	return image
}

// isDigest is ALGORITHM:HEX, as sha256:... and sha512:...
func isDigest(text string) bool {
	algorithm, digits, ok := strings.Cut(text, ":")
	return ok && strings.HasPrefix(algorithm, "sha") && len(digits) >= 32 && isHex([]byte(digits))
}
