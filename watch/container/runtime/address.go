package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// errAbsent says that a runtime is not on this host, or not seen from here.
var errAbsent = errors.New("no socket")

// Where the runtimes listen, below the host's root. /var/run is a link to /run, which would lead out of a mounted root.
var (
	dockerSockets     = []string{"/run/docker.sock", "/var/run/docker.sock"}
	containerdSockets = []string{
		"/run/containerd/containerd.sock", "/run/k3s/containerd/containerd.sock", "/run/k0s/containerd.sock",
		"/var/snap/microk8s/common/run/containerd.sock", "/run/docker/containerd/containerd.sock",
	}
)

// places are where a runtime may listen; the first that is there is taken.
type places []string

// addresses are the places that an option names: one, or with Auto the usual ones of the host, then of this container.
func addresses(option, hostRoot string, usual []string, scheme string) places {
	if option != Auto && option != "" {
		return places{option}
	}
	var all places
	for _, root := range []string{hostRoot, "/"} {
		for _, socket := range usual {
			all = append(all, scheme+filepath.Join(root, socket))
		}
		if filepath.Clean(hostRoot) == "/" {
			break
		}
	}
	return all
}

// find is the first place with a socket. An address that is no path of a socket is taken as it is.
func (p places) find() (string, error) {
	for _, place := range p {
		path, isUnix := socketPath(place)
		if !isUnix {
			return place, nil
		}
		info, err := os.Stat(path)
		if err == nil && info.Mode()&fs.ModeSocket == 0 {
			return "", fmt.Errorf("%s is not a socket", path)
		}
		if err == nil {
			return place, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: %s", errAbsent, strings.Join(p, ", "))
}

func socketPath(address string) (path string, isUnix bool) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		return path, true
	}
	return address, strings.HasPrefix(address, "/")
}

// CheckDocker says what is wrong with a value of Options.Docker.
func CheckDocker(host string) error {
	if address, ok := strings.CutPrefix(host, "tcp://"); ok {
		if _, port, err := net.SplitHostPort(address); err == nil && port != "" {
			return nil
		}
	} else if checkSocket(host) {
		return nil
	}
	return errors.New("want auto, off, unix:///PATH or tcp://HOST:PORT")
}

// CheckContainerd says what is wrong with a value of Options.Containerd.
func CheckContainerd(address string) error {
	if checkSocket(address) {
		return nil
	}
	return errors.New("want auto, off or the path of a socket")
}

func checkSocket(address string) bool {
	const pathLimit = 107 // sun_path, without the NUL
	path, isUnix := socketPath(address)
	return address == "" || address == Auto || address == Off || isUnix && strings.HasPrefix(path, "/") && len(path) <= pathLimit
}
