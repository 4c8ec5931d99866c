package boot

import (
	"reflect"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/supervisor"
)

// TestFollow: one daemon, or several of which the main one, or the end of any, counts.
func TestFollow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*supervisor.Follow{
		"grace: 1s":                              nil,
		"follow: last-child":                     {LastChild: true},
		"follow: {pidfile: /a}":                  {PIDFile: "/a"},
		"follow: [{pidfile: /a}]":                {PIDFile: "/a"},
		"follow: [{pidfile: /a, main: true}]":    {PIDFile: "/a"},
		"follow: [{pidfile: /a}, {pidfile: /b}]": {PIDFile: "/a", Others: []string{"/b"}, AnyEnd: true},
		"follow: [{pidfile: /a}, {pidfile: /b, main: true}, {pidfile: /c}]": {PIDFile: "/b", Others: []string{"/a", "/c"}},
		"follow: [{pidfile: /a, main: false}, {pidfile: /b, main: false}]":  {PIDFile: "/a", Others: []string{"/b"}, AnyEnd: true},
	} {
		p, err := profile.Parse("x.yaml", []byte("name: x\nrun: {argv: [x], "+text+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := follow(p.Run.Follow); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}
