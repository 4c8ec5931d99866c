package container

import "strings"

// ParseImage reads an image as its user wrote it: registry:5000/name:tag@sha256:...
func ParseImage(text string) Image {
	var image Image
	name, digest, _ := strings.Cut(text, "@")
	if digest != "" {
		image.Hashes = []string{digest}
	}
	image.Name = name
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.Contains(name[i:], "/") {
		image.Name, image.Tag = name[:i], name[i+1:]
	}
	return image
}
