package runtime

import (
	"slices"
	"strings"

	"github.com/distribution/reference"

	"github.com/tsboot/tsboot/watch/container"
)

const hashesLimit = 16 // of one image

// parseImage takes a name of an image apart, as its user wrote it: [HOST[:PORT]/]PATH[:TAG][@DIGEST]. A digest alone has no
// name.
func parseImage(text string) (name, tag, digest string) {
	if isDigest(text) {
		return "", "", text
	}
	ref, err := reference.Parse(short(text))
	if err != nil {
		return short(text), "", "" // not a name as they are now; it is what the runtime says
	}
	if named, ok := ref.(reference.Named); ok {
		name = named.Name()
	}
	if tagged, ok := ref.(reference.Tagged); ok {
		tag = tagged.Tag()
	}
	if digested, ok := ref.(reference.Digested); ok {
		digest = digested.Digest().String()
	}
	return name, tag, digest
}

// dockerImage is the image of a container of Docker: configured is what its user wrote, id the content that this meant when
// the container was made. tags and digests are the names that this content has now.
func dockerImage(configured, id string, tags, digests []string) container.Image {
	var image container.Image
	var digest string
	image.Name, image.Tag, digest = parseImage(configured)
	if isIDOf(configured, id) && !slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, configured+":") }) {
		image.Name, image.Tag, digest = nameOf(tags, digests), "", ""
	}
	image.Hashes = hashes(append([]string{id, digest}, digests...)...)
	return image
}

// isIDOf is true of a user's short form of an image's id: docker run 3f5a, docker run sha256:3f5a....
func isIDOf(configured, id string) bool {
	_, digits, _ := strings.Cut(id, ":")
	short := strings.TrimPrefix(configured, "sha256:")
	if digits == "" { // not known: the forms in which Docker prints an id
		return (len(short) == 12 || len(short) == 64) && strings.Trim(short, "0123456789abcdef") == ""
	}
	return short != "" && strings.HasPrefix(digits, short)
}

// nameOf is the name of an image that was started by its id: where it has one name only, it is that.
func nameOf(tags, digests []string) string {
	only := ""
	for _, text := range append(slices.Clone(tags), digests...) {
		name, _, _ := parseImage(text)
		if name == "" || name == "<none>" || name == only {
			continue
		}
		if only != "" {
			return ""
		}
		only = name
	}
	return only
}

// familiar is the name as Docker shows it: nginx, not docker.io/library/nginx.
func familiar(name string) string {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return name
	}
	return reference.FamiliarName(named)
}

// hashes are the digests among texts, each once: those of NAME@sha256:... too.
func hashes(texts ...string) []string {
	var all []string
	for _, text := range texts {
		digest := text[strings.LastIndexByte(text, '@')+1:]
		if isDigest(digest) && !slices.Contains(all, digest) && len(all) < hashesLimit {
			all = append(all, digest)
		}
	}
	return all
}

// isDigest is ALGORITHM:HEX, of 32 digits at least.
func isDigest(text string) bool {
	algorithm, digits, ok := strings.Cut(text, ":")
	if !ok || !strings.HasPrefix(algorithm, "sha") || len(digits) < 32 || len(text) > 256 {
		return false
	}
	return strings.Trim(digits, "0123456789abcdef") == ""
}
