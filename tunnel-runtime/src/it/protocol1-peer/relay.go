// The TCP relay, the same on both sides.
// Source: docs/protocol-1.md, "Data connections".

package main

import (
	"io"
	"net"
	"sync"
)

// relay copies both ways until both directions have ended, and closes both
// connections. A clean end of one direction is passed on as a half-close and
// the other direction goes on; a break closes both at once.
func relay(a, b *net.TCPConn) {
	var directions sync.WaitGroup
	pump := func(to, from *net.TCPConn) {
		defer directions.Done()
		_, err := io.Copy(to, from)
		if err == nil {
			err = to.CloseWrite()
		}
		if err != nil {
			a.Close()
			b.Close()
		}
	}
	directions.Add(2)
	go pump(a, b)
	go pump(b, a)
	directions.Wait()
	a.Close()
	b.Close()
}
