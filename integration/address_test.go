//go:build linux

package integration

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Where freeAddress looks: below the ports that the kernel gives to those who connect
// (net.ipv4.ip_local_port_range, 32768 and up), so that no connection of another test takes one before its server does.
// zabbix-agent2 takes none above 32767.
const (
	firstFreePort = 10000
	freePorts     = 10000
)

// givenPorts are those that this process has given out.
var givenPorts sync.Map

// freeAddress is a port of loopback, for a server of TCP or UDP, that was free a moment ago and is given out once.
func freeAddress() (string, error) {
	for range 100 {
		port := firstFreePort + rand.IntN(freePorts)
		if _, given := givenPorts.LoadOrStore(port, true); given {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		conn, err := net.ListenPacket("udp", address)
		listener.Close()
		if err != nil {
			continue
		}
		conn.Close()
		return address, nil
	}
	return "", errors.New("no free port of loopback was found in 100 attempts")
}
