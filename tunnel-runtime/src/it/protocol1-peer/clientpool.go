// The client's pool of data connections, opened ahead of demand.
// Source: docs/protocol-1.md, "Pool of the Go client" and "Data connections".

package main

import (
	"fmt"
	"net"
	"sync"
	"time"
)

const (
	poolInterval = time.Second
	idLength     = 8
)

type clientPool struct {
	life     *life
	ev       *events
	remote   string
	min, max int
	capacity int // only the filling task uses it

	mu     sync.Mutex
	idle   map[string]*net.TCPConn
	closed bool
}

func newClientPool(l *life, ev *events, remote string, min, max int) *clientPool {
	return &clientPool{life: l, ev: ev, remote: remote, min: min, max: max, capacity: min,
		idle: map[string]*net.TCPConn{}}
}

// run fills the pool every second, the first time at once.
func (p *clientPool) run() {
	ticker := time.NewTicker(poolInterval)
	defer ticker.Stop()
	for {
		opened := p.fill()
		p.capacity = nextCapacity(opened, p.capacity, p.min, p.max)
		select {
		case <-ticker.C:
		case <-p.life.ctx.Done():
			return
		}
	}
}

// fill opens connections one after another until idle = capacity. A failure
// ends the round, for a server that refuses must not be hammered.
func (p *clientPool) fill() (opened int) {
	for p.size() < p.capacity {
		if !p.openOne() {
			return opened
		}
		opened++
	}
	return opened
}

func nextCapacity(opened, capacity, min, max int) int {
	ratio := float64(opened) / float64(capacity)
	switch {
	case ratio < 0.2 && capacity > min:
		return capacity - 1
	case ratio > 0.8 && capacity < max:
		return capacity + 1
	}
	return capacity
}

// openOne dials and reads the id with ONE read and no deadline. The buffer
// holds just the id, so that user bytes right behind it stay in the socket; an
// id that comes in two pieces is taken for a shorter one.
func (p *clientPool) openOne() bool {
	var dialer net.Dialer
	conn, err := dialer.DialContext(p.life.ctx, "tcp", p.remote)
	if err != nil {
		if !p.life.over() {
			p.ev.emit("dial-failed %v", err)
		}
		return false
	}
	p.life.keep(conn)
	id := make([]byte, idLength)
	n, err := conn.Read(id)
	if err == nil {
		err = p.add(string(id[:n]), conn.(*net.TCPConn))
	}
	if err != nil {
		p.life.drop(conn)
		if !p.life.over() {
			p.ev.emit("error data connection: %v", err)
		}
		return false
	}
	return true
}

func (p *clientPool) add(id string, conn *net.TCPConn) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return net.ErrClosed
	}
	if _, known := p.idle[id]; known {
		return fmt.Errorf("id %q is idle already", id)
	}
	p.idle[id] = conn
	p.report()
	return nil
}

// take hands a connection out for its one use, or nil. Whether the connection
// still lives is not looked at: after its id it counts as idle until taken.
func (p *clientPool) take(id string) *net.TCPConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	conn, ok := p.idle[id]
	if !ok {
		return nil
	}
	delete(p.idle, id)
	p.report()
	return conn
}

func (p *clientPool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle)
}

// report runs under the lock, so that the numbers come out in order.
func (p *clientPool) report() {
	p.ev.emit("pool %d", len(p.idle))
}

// Close empties the pool; the connections belong to the life.
func (p *clientPool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if len(p.idle) > 0 {
		p.idle = nil
		p.report()
	}
	return nil
}
