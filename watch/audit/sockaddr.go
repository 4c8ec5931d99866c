package audit

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Sockaddr is an address of a socket.
type Sockaddr struct {
	Family string     // unix, inet, inet6, netlink, ...; a number where it has no name here
	Addr   netip.Addr // of inet and inet6
	Port   int        // of inet and inet6
	Path   string     // of unix; an abstract one begins with @, and is empty where the socket has no name
}

// families are the names of address families (include/linux/socket.h).
var families = map[uint16]string{
	0: "unspec", 1: "unix", 2: "inet", 3: "ax25", 4: "ipx", 5: "appletalk", 9: "x25", 10: "inet6", 15: "key",
	16: "netlink", 17: "packet", 21: "rds", 29: "can", 30: "tipc", 31: "bluetooth", 38: "alg", 39: "nfc", 40: "vsock",
	41: "kcm", 42: "qipcrtr", 43: "smc", 44: "xdp", 45: "mctp",
}

// ParseSockaddr reads the field saddr of a SOCKADDR record: the bytes of a struct sockaddr, in hexadecimal. The family is
// in the byte order of the machine that wrote it. All are below 256, so the byte that is zero says which that is. What
// auditd says of it in words may follow without the byte between them: some collectors of logs lose it.
func ParseSockaddr(saddr string) (Sockaddr, error) {
	saddr, _, _ = strings.Cut(saddr, "SADDR=")
	b, err := hex.DecodeString(saddr)
	if err != nil {
		return Sockaddr{}, fmt.Errorf("socket address %.40q: not hexadecimal", saddr)
	}
	if len(b) < 2 {
		return Sockaddr{}, fmt.Errorf("socket address %q: no family", saddr)
	}
	family := binary.LittleEndian.Uint16(b)
	if b[0] == 0 {
		family = binary.BigEndian.Uint16(b)
	}
	name, ok := families[family]
	if !ok {
		name = strconv.Itoa(int(family))
	}
	s := Sockaddr{Family: name}
	switch name {
	case "inet":
		if len(b) < 8 {
			return s, fmt.Errorf("socket address %q: too short for inet", saddr)
		}
		s.Addr = netip.AddrFrom4([4]byte(b[4:8]))
		s.Port = int(binary.BigEndian.Uint16(b[2:]))
	case "inet6":
		if len(b) < 24 {
			return s, fmt.Errorf("socket address %q: too short for inet6", saddr)
		}
		s.Addr = netip.AddrFrom16([16]byte(b[8:24]))
		s.Port = int(binary.BigEndian.Uint16(b[2:]))
	case "unix":
		s.Path = unixPath(string(b[2:]))
	}
	return s, nil
}

// unixPath is the name of a unix socket. An abstract name begins with a zero byte, for which @ is written, as ss(8) does;
// the zero bytes at its end are what is left of the buffer of programs that do not give a length.
func unixPath(name string) string {
	if abstract, ok := strings.CutPrefix(name, "\x00"); ok {
		abstract = strings.TrimRight(abstract, "\x00")
		if abstract == "" {
			return ""
		}
		return "@" + strings.ReplaceAll(abstract, "\x00", "@")
	}
	path, _, _ := strings.Cut(name, "\x00")
	return path
}
