package main

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The first and the third test case of RFC 5869, appendix A.
func TestHKDF(t *testing.T) {
	ikm := bytes.Repeat([]byte{0x0b}, 22)
	for _, one := range []struct{ salt, info, okm string }{
		{"000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
		{"", "",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
	} {
		got := hkdf(ikm, unhex(t, one.salt), unhex(t, one.info), 42)
		if hex.EncodeToString(got) != one.okm {
			t.Errorf("%x", got)
		}
	}
}

// Values made with another implementation of HMAC.
func TestProofsAndTickets(t *testing.T) {
	known := transcript{
		serverInstance: "00112233445566778899aabbccddeeff", clientInstance: "ffeeddccbbaa99887766554433221100",
		serverNonce: "0123456789abcdef0123456789abcdef", clientNonce: "fedcba9876543210fedcba9876543210",
		certificate: strings.Repeat("5a", 32),
	}
	const key = "correct horse battery staple"
	for role, expected := range map[string]string{
		"client": "d389cecafd150cefa1c9f47da5d7aec9d2738fca09148c5e480cafdbf23e8300",
		"server": "805ee3faa4be6704a28f02dbfda93962bb15d496cdc1f3392da7d6bd5526bd00",
	} {
		if got := known.proof(key, role); !fits(expected, got) {
			t.Errorf("the %s's: %s", role, got)
		}
		named := known
		named.name = "default"
		if named.proof(key, role) != expected {
			t.Errorf("the default name may be left out")
		}
	}
	secret := unhex(t, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	if got := ticket(secret, "s-1", "7"); got != "fe584473e9d176e67a4051d3fff16f3e2d3c7a6ca7efcf95ff77881a63f36890" {
		t.Error(got)
	}
}

func TestANumberIsTakenOnceAndNotFromBelowTheWindow(t *testing.T) {
	var w window
	for i, step := range []struct {
		n     uint64
		taken bool
	}{
		{0, false}, {2, true}, {1, true}, {2, false}, {1, false},
		{2 + reach, true}, {1, false}, {3, true}, {2, false},
		{1 << 62, true}, {1<<62 - reach, true}, {1<<62 - reach - 1, false}, {1<<62 - 5, true}, {1<<62 - 5, false},
		{1<<62 + 3, true}, {1<<62 + 2, true}, {1 << 62, false}, {1<<63 - 1, true}, {1<<63 - 1, false},
	} {
		if w.take(step.n) != step.taken {
			t.Errorf("step %d: %d", i, step.n)
		}
	}
}
