// Proofs, tickets and the numbers that were used up.
// Source: docs/protocol.md, "Proofs" and "Data connections".

package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
)

func mac(key []byte, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return m.Sum(nil)
}

// hkdf is RFC 5869 with SHA-256, by hand: crypto/hkdf is younger than the
// version that go.mod asks for.
func hkdf(ikm, salt, info []byte, length int) []byte {
	if len(salt) == 0 {
		salt = make([]byte, sha256.Size)
	}
	prk := mac(salt, ikm)
	var out, block []byte
	for counter := byte(1); len(out) < length; counter++ {
		block = mac(prk, append(append(append([]byte{}, block...), info...), counter))
		out = append(out, block...)
	}
	return out[:length]
}

// transcript is what both sides know of their meeting when a proof is made.
type transcript struct {
	serverInstance, clientInstance string
	serverNonce, clientNonce       string
	name                           string
	certificate                    string // SHA-256 of the DER, as hex
}

func (t transcript) proof(key, role string) string {
	name := t.name
	if name == "" {
		name = "default"
	}
	k := hkdf([]byte(key), []byte("nodepass/2"), []byte("proof"), 32)
	text := strings.Join([]string{
		role, t.serverInstance, t.clientInstance, t.serverNonce, t.clientNonce, name, t.certificate,
	}, "\n")
	return hex.EncodeToString(mac(k, []byte(text)))
}

// fits compares in constant time.
func fits(expected, given string) bool {
	return hmac.Equal([]byte(expected), []byte(given))
}

func ticket(secret []byte, session, n string) string {
	return hex.EncodeToString(mac(secret, []byte("data\n"+session+"\n"+n)))
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	if _, err := rand.Read(b); err != nil {
		panic(err) // there is nothing to go on with
	}
	return hex.EncodeToString(b)
}

// reach is how far below the highest number a ticket may still be new.
const reach = 65_536

// window remembers which numbers were used: the highest and the reach below it.
type window struct {
	mu      sync.Mutex
	highest uint64
	used    [reach + 1]bool
}

// take is true once for each number that is not below the window.
func (w *window) take(n uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	size := uint64(len(w.used))
	switch {
	case n == 0 || n+reach < w.highest:
		return false
	case n >= w.highest+size:
		w.used = [reach + 1]bool{}
		w.highest = n
	case n > w.highest:
		for w.highest < n {
			w.highest++
			w.used[w.highest%size] = false
		}
	}
	if w.used[n%size] {
		return false
	}
	w.used[n%size] = true
	return true
}
