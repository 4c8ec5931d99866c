package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tsboot/tsboot/integration/watch/scene"
)

// records are what a real tswatch recorded on Linux 6.18, beside a container of Docker in which stand-ins for apt-get, scp
// and nginx, and a real curl, were run; containers.json is what it found out of their processes.
//
//go:embed records
var records embed.FS

// recording is an attack that was recorded. What the kernel said then goes through a pipe into tswatch replay.
type recording struct {
	why              string // it is not live
	pipe, containers string // files
	kernel           *os.File
}

// openRecording makes the pipe, and puts beside it what is known of the containers.
func openRecording(dir, why string) (*recording, error) {
	r := &recording{why: why, pipe: filepath.Join(dir, "audit"), containers: filepath.Join(dir, "containers.json")}
	if err := unix.Mkfifo(r.pipe, 0o600); err != nil {
		return r, fmt.Errorf("make a pipe: %w", err)
	}
	known, err := records.ReadFile("records/containers.json")
	if err == nil {
		err = os.WriteFile(r.containers, known, 0o600)
	}
	if err == nil {
		r.kernel, err = os.OpenFile(r.pipe, os.O_RDWR, 0) // both ends: to open one waits for the other
	}
	return r, err
}

func (r *recording) describe() {
	fmt.Printf(`Both programs are the real ones. The attack is a recording, so no privilege is needed: what the kernel recorded on another
machine goes through a pipe into "tswatch replay". The Parameter Store is in memory, the collector of the alerts on
127.0.0.1; nothing leaves this machine.
It is not live here: %s.

  $ COMMAND   is what runs, and can be copied
  > COMMAND   is what ran where the records are from
  | LINE      is what tswatch prints; the other lines below a command are tsboot's. Long lines are cut
`, r.why)
}

// change has tswatch replay. What is about the kernel goes: a replay needs none of it.
func (r *recording) change(profile string) string {
	profile = strings.NewReplacer(
		"tswatch\n    - --config=", "tswatch\n    - replay\n    - --config=",
		"    - --audit-mode=${audit-mode}\n", "    - --containers="+r.containers+"\n",
		"    - ${args}\n", "    - "+r.pipe+"\n",
	).Replace(profile)
	var lines []string
	for line := range strings.Lines(profile) {
		if !strings.HasPrefix(line, "capabilities: ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func (r *recording) flags() []string { return nil }

// happen gives the records of the story to tswatch.
func (r *recording) happen(_ context.Context, s story) error {
	for _, command := range s.recorded {
		fmt.Println("> " + paint().Strong(command))
	}
	text, err := records.ReadFile("records/" + s.file + ".log")
	if err != nil {
		return err
	}
	if _, err := r.kernel.Write(text); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	return nil
}

func (r *recording) pids(string) scene.PIDs { return scene.PIDs{} }

func (r *recording) left() (string, error) { return "", nil }

func (r *recording) close() error {
	if r.kernel == nil { // it did not come so far
		return nil
	}
	return r.kernel.Close()
}
