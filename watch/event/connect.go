package event

import (
	"net/netip"

	"github.com/tsboot/tsboot/watch/audit"
)

// Errors of a connect that only a stream can have: one under way, one refused and one without an answer. A datagram's is
// done at once.
const (
	refused  = -111
	timedOut = -110
)

// connect says to where, or from where, a socket call went. Where the address is no internet or unix one there is nothing
// to say; nor for bind, whose address is the process's own.
func (b *builder) connect() {
	if b.saddr == "" {
		return
	}
	addr, err := audit.ParseSockaddr(b.saddr)
	if err != nil {
		return
	}
	switch b.event.Event.Action {
	case ActionConnected, "sendto", "sendmsg", "sendmmsg":
		b.destination(addr)
	case "accept", "accept4", "recvfrom", "recvmsg":
		if ip := addr.Addr.Unmap(); ip.IsValid() {
			b.parts.source = Source{IP: ip.WithZone("").String(), Port: addr.Port}
			b.event.Source = &b.parts.source
			b.network(ip)
		}
	}
}

func (b *builder) destination(addr audit.Sockaddr) {
	ip := addr.Addr.Unmap() // an IPv4 address in IPv6's clothes is connected to as IPv4
	switch {
	case ip.IsValid():
		b.parts.destination.IP = ip.WithZone("").String()
		b.parts.destination.Port = addr.Port
		b.network(ip)
	case addr.Path != "":
		b.parts.destination.Path = b.valid(addr.Path)
		if addr.Path[0] != '@' {
			b.parts.destination.Path = resolve(b.cwd, b.parts.destination.Path)
		}
	default:
		return
	}
	b.event.Destination = &b.parts.destination
}

func (b *builder) network(ip netip.Addr) {
	b.parts.network.Type = "ipv6"
	if ip.Is4() {
		b.parts.network.Type = "ipv4"
	}
	if b.event.Event.Action == ActionConnected && b.exited {
		switch b.exit {
		case inProgress, refused, timedOut:
			b.parts.network.Transport = "tcp"
		}
	}
	b.event.Network = &b.parts.network
}
