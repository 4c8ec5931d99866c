package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefusesToBeReached(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:80", ":80", "example.com:80", "nonsense"} {
		if _, err := start([]string{"-listen", address}, &bytes.Buffer{}); err == nil {
			t.Errorf("listens on %s", address)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:80", "[::1]:0"} {
		if err := loopback(address); err != nil {
			t.Error(err)
		}
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.yaml")
	text := "- {name: /a/b, value: 'x', type: String, labels: [stable]}\n- {name: db, value: '{}', secret: true}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	urlFile := filepath.Join(t.TempDir(), "url")
	server, err := start([]string{"-url-file", urlFile, file}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	if url, err := os.ReadFile(urlFile); err != nil || string(url) != server.URL()+"\n" {
		t.Errorf("url file holds %q, %v", url, err)
	}
	if !server.Delete("/a/b") {
		t.Error("the seed was not stored")
	}
	err = seed(server, file+"-not")
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
}
