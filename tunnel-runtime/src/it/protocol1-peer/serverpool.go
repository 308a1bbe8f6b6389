// The server's idle data connections.
// Source: docs/protocol-1.md, "Data connections".

package main

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"sync"
	"time"
)

const probeTime = time.Millisecond

type idleConnection struct {
	id   string
	conn *net.TCPConn
}

// serverPool is a queue without a limit: how many connections there are is the
// client's business.
type serverPool struct {
	life *life
	ev   *events

	mu     sync.Mutex
	filled *sync.Cond
	queue  []idleConnection
	closed bool
}

func newServerPool(l *life, ev *events) *serverPool {
	p := &serverPool{life: l, ev: ev}
	p.filled = sync.NewCond(&p.mu)
	return p
}

// add names a fresh connection and queues it. The id goes out in one write,
// because the client reads it with one read.
func (p *serverPool) add(conn *net.TCPConn) error {
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	id := hex.EncodeToString(random[:])
	if _, err := conn.Write([]byte(id)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, idleConnection{id, conn})
	p.filled.Signal()
	return nil
}

// take waits for an idle connection that passes the probe; false means that
// this life has ended.
func (p *serverPool) take() (string, *net.TCPConn, bool) {
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && !p.closed {
			p.filled.Wait()
		}
		if p.closed {
			p.mu.Unlock()
			return "", nil, false
		}
		next := p.queue[0]
		p.queue = p.queue[1:]
		p.mu.Unlock()

		if alive(next.conn) {
			return next.id, next.conn, true
		}
		p.life.drop(next.conn)
		if !p.life.over() {
			p.ev.emit("get-failed %s", next.id)
		}
	}
}

// alive probes with a short read. Only a timeout is a sign of life: a byte
// counts for as dead as an end of stream, which is why a client must stay
// silent until its signal.
func alive(conn *net.TCPConn) bool {
	if conn.SetReadDeadline(time.Now().Add(probeTime)) != nil {
		return false
	}
	_, err := conn.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout() && conn.SetReadDeadline(time.Time{}) == nil
}

// Close releases those who wait; the connections belong to the life.
func (p *serverPool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.filled.Broadcast()
	return nil
}
