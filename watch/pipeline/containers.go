package pipeline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/tsboot/tsboot/watch/container"
)

// process is what a file of containers says of one process.
type process struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Image string `json:"image"`
	VPID  int    `json:"vpid"`
}

// A ContainersError is a fault in a file of containers.
type ContainersError struct {
	Path         string
	Line, Column int
	Err          error
}

func (e *ContainersError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.Path, e.Line, e.Column, e.Err)
}

func (e *ContainersError) Unwrap() error { return e.Err }

// ReadContainers reads a file that says in which container each process of a recording was: a JSON object whose keys are
// pids. A *ContainersError is a fault in the file; any other error: it cannot be read.
func ReadContainers(path string) (map[int]container.Attribution, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	processes := map[int]container.Attribution{}
	if err := readProcesses(decoder, processes); err != nil {
		at := decoder.InputOffset()
		var syntax *json.SyntaxError
		var wrongType *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			at = syntax.Offset
		case errors.As(err, &wrongType):
			err = fmt.Errorf("the type of %s is wrong: %s", cmp.Or(wrongType.Field, "a process"), wrongType.Value)
		}
		before := text[:min(int(at), len(text))]
		begin := bytes.LastIndexByte(before, '\n') + 1
		return nil, &ContainersError{path, bytes.Count(before, []byte("\n")) + 1, len(before) - begin + 1, err}
	}
	return processes, nil
}

func readProcesses(decoder *json.Decoder, into map[int]container.Attribution) error {
	if begin, err := decoder.Token(); err != nil {
		return wholeObject(err)
	} else if begin != json.Delim('{') {
		return errors.New(`want an object: {"PID": {"id": ..., "name": ..., "image": ..., "vpid": ...}}`)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return wholeObject(err)
		}
		pid, err := strconv.ParseUint(fmt.Sprint(key), 10, 31)
		if err != nil || pid == 0 {
			return fmt.Errorf("%q is not a pid", key)
		}
		var p process
		if err := decoder.Decode(&p); err != nil {
			return wholeObject(err)
		}
		switch {
		case p.ID == "":
			return fmt.Errorf("process %d has no container id", pid)
		case p.VPID < 0:
			return fmt.Errorf("process %d has the vpid %d", pid, p.VPID)
		}
		if _, twice := into[int(pid)]; twice {
			return fmt.Errorf("process %d stands twice", pid)
		}
		into[int(pid)] = container.Attribution{
			Method: container.MethodRuntime, VPID: p.VPID,
			Container: &container.Container{ID: p.ID, Name: p.Name, Image: container.ParseImage(p.Image)},
		}
	}
	if _, err := decoder.Token(); err != nil {
		return wholeObject(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// wholeObject says of an end that came too early what it is.
func wholeObject(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends before the object does")
	}
	return err
}
