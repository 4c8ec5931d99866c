package main

import (
	"errors"
	"os"
	"testing"

	"github.com/tsboot/tsboot/integration/binary"
	"github.com/tsboot/tsboot/integration/require"
)

// TestBesideChamber is a short run of the bench: that both read the same store, and that a boot is of chamber's order.
func TestBesideChamber(t *testing.T) {
	chamber := os.Getenv("CHAMBER_BINARY")
	if chamber == "" {
		require.Missing(t, "chamber", errors.New("build it from its own repository and name it in CHAMBER_BINARY"))
	}
	contenders, err := compare(options{chamber: chamber, tsboot: binary.Tsboot(t), runs: 15, parameters: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table(contenders))
	const tooMuch = 2 // where a boot has become slower than any noise explains
	for _, c := range contenders {
		if c.name == "tsboot exec --replace" && ratio(c, contenders[0], first) > tooMuch {
			t.Errorf("%s takes %.2f of chamber's time", c.name, ratio(c, contenders[0], first))
		}
	}
}

func TestParseTrace(t *testing.T) {
	t.Parallel()
	i, ok := parseTrace("init net/http @9.1 ms, 0.30 ms clock, 4712 bytes, 49 allocs\n")
	if want := (initialisation{"net/http", 300_000, 4712, 49}); !ok || i != want {
		t.Errorf("%+v, %v; want %+v", i, ok, want)
	}
	if _, ok := parseTrace("tsboot v1 linux/amd64"); ok {
		t.Error("a line that is no trace was read as one")
	}
}
