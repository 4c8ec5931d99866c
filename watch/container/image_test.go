package container

import (
	"fmt"
	"testing"
)

func TestParseImage(t *testing.T) {
	t.Parallel()
	const digest = "sha256:" + idA
	for text, want := range map[string]Image{
		"nginx":                            {Name: "nginx"},
		"nginx:1.27":                       {Name: "nginx", Tag: "1.27"},
		"localhost:5000/a/b":               {Name: "localhost:5000/a/b"},
		"localhost:5000/a/b:tag":           {Name: "localhost:5000/a/b", Tag: "tag"},
		"localhost:5000/a/b@" + digest:     {Name: "localhost:5000/a/b", Hashes: []string{digest}},
		"localhost:5000/a/b:tag@" + digest: {Name: "localhost:5000/a/b", Tag: "tag", Hashes: []string{digest}},
		digest:                             {Hashes: []string{digest}},
		"@" + digest:                       {Hashes: []string{digest}},
		"sha256":                           {Name: "sha256"},
		"sha256:latest":                    {Name: "sha256", Tag: "latest"},
		"nginx@latest":                     {Name: "nginx"},
		"":                                 {},
	} {
		if got := ParseImage(text); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}
