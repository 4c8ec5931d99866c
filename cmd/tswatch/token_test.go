package main

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTokenIsInNoLog: also net/http, asked by GODEBUG to log what it sends, does not show it.
func TestTokenIsInNoLog(t *testing.T) {
	t.Parallel()
	const token, record = "zyx.token", "type=SYSCALL msg=audit(1700000000.100:2): arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2 exe=\"/x\"\n"
	came := make(chan string, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came <- r.Proto + " " + r.Header.Get("Authorization")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	authority, file := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "token")
	for name, text := range map[string][]byte{authority: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), file: []byte(token)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tswatch, err := exec.LookPath("tswatch") // made by testscript
	if err != nil {
		t.Fatal(err)
	}
	replay := exec.Command(tswatch, "replay", "--run-dir", "", "--log-level", "trace", "--output", server.URL+"/in?key=quex", "--token-file", file)
	replay.Env = append(os.Environ(), "GODEBUG=http2debug=2", "SSL_CERT_FILE="+authority, "SSL_CERT_DIR=/nowhere")
	replay.Stdin = strings.NewReader(record)
	var said bytes.Buffer
	replay.Stdout, replay.Stderr = &said, &said
	if err := replay.Run(); err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	if sent := <-came; sent != "HTTP/2.0 Bearer "+token {
		t.Errorf("the server got %q", sent)
	}
	if text := said.String(); strings.Contains(text, token) || strings.Contains(text, "quex") {
		t.Errorf("the log has a secret: %s", text)
	}
}
