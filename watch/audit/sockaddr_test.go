package audit

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

func TestParseSockaddr(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }
	for _, test := range []struct {
		name, saddr string
		want        Sockaddr
	}{
		{"inet", "020000097F0000010000000000000000", Sockaddr{"inet", netip.MustParseAddr("127.0.0.1"), 9, ""}},
		{"metadata service", "02000050A9FEA9FE0000000000000000", Sockaddr{"inet", netip.MustParseAddr("169.254.169.254"), 80, ""}},
		{"inet without its end", "02000050A9FEA9FE", Sockaddr{"inet", netip.MustParseAddr("169.254.169.254"), 80, ""}},
		{"inet6", "0A0001BB0000000020010DB800000000000000000000000100000000", Sockaddr{"inet6", netip.MustParseAddr("2001:db8::1"), 443, ""}},
		{"inet6 of rfc 2133", "0A0001BB0000000020010DB8000000000000000000000001", Sockaddr{"inet6", netip.MustParseAddr("2001:db8::1"), 443, ""}},
		{"inet6 with inet inside", "0A0000350000000000000000000000000000FFFF0A00000200000000", Sockaddr{"inet6", netip.MustParseAddr("::ffff:10.0.0.2"), 53, ""}},
		{"unix", "0100" + text("/run/docker.sock\x00\x00\x00"), Sockaddr{Family: "unix", Path: "/run/docker.sock"}},
		{"unix, bytes behind its end", "0100" + text("/run/x\x00junk"), Sockaddr{Family: "unix", Path: "/run/x"}},
		{"unix, no end", "0100" + text("/run/x"), Sockaddr{Family: "unix", Path: "/run/x"}},
		{"abstract", "0100" + text("\x00abc"), Sockaddr{Family: "unix", Path: "@abc"}},
		{"abstract, zero bytes", "0100" + text("\x00a\x00b\x00\x00"), Sockaddr{Family: "unix", Path: "@a@b"}},
		{"no name", "0100", Sockaddr{Family: "unix"}},
		{"abstract, no name", "010000000000", Sockaddr{Family: "unix"}},
		{"netlink", "100000000000000000000000", Sockaddr{Family: "netlink"}},
		{"unspec", "0000000000000000", Sockaddr{Family: "unspec"}},
		{"inet of a big-endian machine", "0002D903C0000201", Sockaddr{"inet", netip.MustParseAddr("192.0.2.1"), 55555, ""}},
		{"unix of a big-endian machine", "0001" + text("/run/x\x00"), Sockaddr{Family: "unix", Path: "/run/x"}},
		{"with auditd's words", "02000050A9FEA9FE0000000000000000SADDR={ saddr_fam=inet laddr=169.254.169.254 lport=80 }", Sockaddr{"inet", netip.MustParseAddr("169.254.169.254"), 80, ""}},
		{"lower case", "0a0001bb0000000020010db8000000000000000000000001", Sockaddr{"inet6", netip.MustParseAddr("2001:db8::1"), 443, ""}},
		{"vsock", "28000000", Sockaddr{Family: "vsock"}},
		{"no name for the family", "FF7F", Sockaddr{Family: "32767"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseSockaddr(test.saddr)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
	for _, saddr := range []string{"", "02", "0x02", "(null)", "02000050A9FE", "0A0001BB000000002001", "020", "Ä0"} {
		if got, err := ParseSockaddr(saddr); err == nil {
			t.Errorf("%q is read as %+v", saddr, got)
		}
	}
}

func FuzzParseSockaddr(f *testing.F) {
	for _, saddr := range []string{
		"020000097F0000010000000000000000", "0A0001BB0000000020010DB800000000000000000000000100000000",
		"01002F72756E2F7800", "010000616263", "100000000000000000000000", "01", "FFFF", "",
	} {
		f.Add(saddr)
	}
	f.Fuzz(func(t *testing.T, saddr string) {
		s, err := ParseSockaddr(saddr)
		if err != nil {
			return
		}
		isIP := s.Family == "inet" || s.Family == "inet6"
		if s.Family == "" || s.Addr.IsValid() != isIP || s.Port < 0 || s.Port > 65535 || strings.Contains(s.Path, "\x00") {
			t.Errorf("%q is read as %+v", saddr, s)
		}
	})
}
