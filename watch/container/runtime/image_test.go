package runtime

import (
	"slices"
	"strings"
	"testing"
)

func TestImageNames(t *testing.T) {
	t.Parallel()
	d1, d2, d3 := digestOf('1'), digestOf('2'), digestOf('3')
	one := []string{d1}
	cases := []struct {
		configured, id string
		tags, digests  []string
		name, tag      string
		hashes         []string
	}{
		{configured: "nginx", id: d1, name: "nginx", hashes: one},
		{configured: "nginx:1.27", id: d1, name: "nginx", tag: "1.27", hashes: one},
		{configured: "nginx:1.27", id: d1, tags: []string{"nginx:1.28"}, name: "nginx", tag: "1.27", hashes: one}, // the tag has moved
		{configured: "nginx@" + d2, id: d1, name: "nginx", hashes: []string{d1, d2}},
		{configured: "nginx:1@" + d2, id: d1, name: "nginx", tag: "1", hashes: []string{d1, d2}},
		{configured: "localhost:5000/app", id: d1, name: "localhost:5000/app", hashes: one},
		{configured: "localhost:5000/app:v1", id: d1, name: "localhost:5000/app", tag: "v1", hashes: one},
		{configured: "localhost:5000/a/b:v1@" + d2, id: d1, name: "localhost:5000/a/b", tag: "v1", hashes: []string{d1, d2}},
		{configured: "localhost:5000/a/b@" + d2, id: d1, tags: []string{"localhost:5000/a/b:v9"}, name: "localhost:5000/a/b", hashes: []string{d1, d2}},
		{configured: "localhost:5000/app:v1", id: d1, tags: nil, digests: nil, name: "localhost:5000/app", tag: "v1", hashes: one}, // the image is removed
		{configured: "app:UPPER_1.2-3", id: d1, name: "app", tag: "UPPER_1.2-3", hashes: one},
		{configured: "[::1]:5000/app:v1", id: d1, name: "[::1]:5000/app", tag: "v1", hashes: one},
		{configured: "1234.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1", id: d1, name: "1234.dkr.ecr.eu-west-1.amazonaws.com/team/app", tag: "v1", hashes: one},
		{configured: d1, id: d1, hashes: one},
		{configured: d1, id: d1, tags: []string{"app:1"}, name: "app", hashes: one},
		{configured: d1, id: d1, tags: []string{"app:1", "other:1"}, hashes: one}, // one content, two names
		{configured: d1, id: d1, tags: []string{"app:1", "app:2"}, digests: []string{"app@" + d3}, name: "app", hashes: []string{d1, d3}},
		{configured: "111111111111", id: d1, digests: []string{"app@" + d3}, name: "app", hashes: []string{d1, d3}},
		{configured: "1111", id: d1, hashes: one},
		{configured: "1111", id: d1, tags: []string{"1111:latest"}, name: "1111", hashes: one}, // a name after all
		{configured: "111111111111", id: ""},
		{configured: "sha256:1111", id: d1, hashes: one},
		{configured: "", id: d1, hashes: one},
		{configured: "", id: "", digests: []string{"<none>@<none>"}},
		{configured: "Not A Name", id: d1, name: "Not A Name", hashes: one},
		{configured: strings.Repeat("a", textLimit+1), id: d1, hashes: one},
		{configured: "app", id: "garbage", name: "app"},
	}
	for _, c := range cases {
		got := dockerImage(c.configured, c.id, c.tags, c.digests)
		if got.Name != c.name || got.Tag != c.tag || !slices.Equal(got.Hashes, c.hashes) {
			t.Errorf("%q of %s %v: %q, %q, %v", c.configured, c.id, c.tags, got.Name, got.Tag, got.Hashes)
		}
	}
}

func TestFamiliarNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"docker.io/library/nginx": "nginx", "docker.io/grafana/grafana": "grafana/grafana",
		"ghcr.io/a/b": "ghcr.io/a/b", "registry.k8s.io/pause": "registry.k8s.io/pause", "": "", "Not A Name": "Not A Name",
	} {
		if got := familiar(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
