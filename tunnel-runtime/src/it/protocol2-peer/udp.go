// Flows of datagrams on lanes, on either side of the tunnel.
// Source: docs/protocol.md, "UDP".

package main

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	flowIdle    = 60 * time.Second
	lanesWanted = 2
	laneQueue   = 128 // frames; what comes when it is full is dropped
)

// laneNumber counts the lanes that this process has opened.
var laneNumber atomic.Uint32

// lane is a data connection that carries flows. One goroutine reads it, one
// writes it, and sockets only ever queue: a slow peer costs datagrams.
type lane struct {
	d     *dataConn // nil until the listening side has got one
	ev    *events
	queue chan []byte
	ended chan struct{}
	once  sync.Once

	mu      sync.Mutex
	flows   map[uint32]*flow
	retired bool
}

// flow is one user's datagrams. The serving side has a socket for each.
type flow struct {
	id      uint32
	lane    *lane
	user    netip.AddrPort // listening side
	service *net.UDPConn   // serving side
	last    time.Time      // guarded by the lane's mutex
}

func newLane(ev *events) *lane {
	return &lane{ev: ev, queue: make(chan []byte, laneQueue), ended: make(chan struct{}), flows: map[uint32]*flow{}}
}

// begin gives the lane its connection. What was queued before is sent now.
func (l *lane) begin(d *dataConn) {
	s := d.session
	l.mu.Lock()
	l.d = d
	s.count(len(l.flows)) // of which none was counted yet
	l.mu.Unlock()
	s.mu.Lock()
	s.lanes[l] = struct{}{}
	stale := s.over || s.draining
	s.mu.Unlock()
	if stale {
		l.retire()
	}
	go l.write()
	go l.sweep()
}

func (l *lane) write() {
	for {
		select {
		case frame := <-l.queue:
			if l.d.write(frame) != nil {
				l.end()
				return
			}
		case <-l.ended:
			return
		}
	}
}

// send is false when the frame was dropped.
func (l *lane) send(frame []byte) bool {
	select {
	case l.queue <- frame:
		return true
	default:
		l.ev.emit("dropped flow-queue-full")
		return false
	}
}

// retire lets the lane end with its last flow.
func (l *lane) retire() {
	l.mu.Lock()
	l.retired = true
	empty := len(l.flows) == 0
	l.mu.Unlock()
	if empty {
		l.end()
	}
}

func (l *lane) end() {
	l.once.Do(func() {
		close(l.ended)
		l.mu.Lock()
		l.retired = true
		flows := l.flows
		l.flows = map[uint32]*flow{}
		d := l.d
		l.mu.Unlock()
		for _, f := range flows {
			f.close()
		}
		if d != nil {
			d.session.count(-len(flows))
			d.session.mu.Lock()
			delete(d.session.lanes, l)
			d.session.mu.Unlock()
			d.close()
		}
	})
}

func (f *flow) close() {
	if f.service != nil {
		f.service.Close()
	}
}

// remove ends a flow on this side.
func (l *lane) remove(id uint32) {
	l.mu.Lock()
	f := l.flows[id]
	delete(l.flows, id)
	last := l.retired && len(l.flows) == 0
	l.mu.Unlock()
	if f != nil {
		f.close()
		l.d.session.count(-1)
	}
	if last {
		l.end()
	}
}

// find also marks the flow as used.
func (l *lane) find(id uint32) *flow {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.flows[id]
	if f != nil {
		f.last = time.Now()
	}
	return f
}

// sweep ends flows that were idle both ways.
func (l *lane) sweep() {
	ticker := time.NewTicker(flowIdle / 20)
	defer ticker.Stop()
	for {
		select {
		case <-l.ended:
			return
		case now := <-ticker.C:
			var stale []uint32
			l.mu.Lock()
			for id, f := range l.flows {
				if now.Sub(f.last) > flowIdle {
					stale = append(stale, id)
				}
			}
			l.mu.Unlock()
			for _, id := range stale {
				l.send(flowFrame(frameFlowEnd, id, nil))
				l.remove(id)
			}
		}
	}
}

// read takes frames off the connection until it ends.
func (l *lane) read(opened func(id uint32, user string), came func(f *flow, datagram []byte)) {
	defer l.end()
	payload := make([]byte, longestFlow)
	for {
		kind, length, err := readHead(l.d.r)
		if err != nil {
			return
		}
		if kind != frameFlow && kind != frameDatagram && kind != frameFlowEnd {
			if _, err := l.d.r.Discard(length); err != nil {
				return
			}
			continue
		}
		if length < 4 || length > longestFlow {
			l.ev.emit("error a frame of %d bytes on a lane", length)
			return
		}
		if _, err := io.ReadFull(l.d.r, payload[:length]); err != nil {
			return
		}
		id := binary.BigEndian.Uint32(payload)
		switch kind {
		case frameFlow:
			opened(id, string(payload[4:length]))
		case frameDatagram:
			if f := l.find(id); f != nil {
				came(f, payload[4:length])
			} else {
				l.ev.emit("dropped unknown-flow")
			}
		case frameFlowEnd:
			l.remove(id)
		}
	}
}

// ---- the side that serves

func serveLane(d *dataConn, l line, target string) {
	ev := d.session.ev
	ev.emit("launch udp %s session=%s data=%s", l.body, d.session.id, d.n)
	if _, err := number(l.body); err != nil {
		return
	}
	if d.write([]byte(formatLine("ok", ""))) != nil {
		return
	}
	one := newLane(ev)
	one.begin(d)
	one.read(func(id uint32, user string) {
		one.openService(id, user, target)
	}, func(f *flow, datagram []byte) {
		if _, err := f.service.Write(datagram); err != nil {
			ev.emit("dropped service %v", err)
		}
	})
}

func (l *lane) openService(id uint32, user, target string) {
	conn, err := net.Dial("udp", target)
	if err != nil {
		l.ev.emit("dial-failed flow %v", err)
		l.send(flowFrame(frameFlowEnd, id, nil))
		return
	}
	f := &flow{id: id, lane: l, service: conn.(*net.UDPConn), last: time.Now()}
	l.mu.Lock()
	_, twice := l.flows[id]
	if refused := twice || l.retired; refused {
		l.mu.Unlock()
		conn.Close()
		l.send(flowFrame(frameFlowEnd, id, nil))
		return
	}
	l.flows[id] = f
	l.mu.Unlock()
	l.d.session.count(1)
	l.ev.emit("flow %d user=%s", id, user)
	go f.answers()
}

// answers passes on what the service sends, whenever it does.
func (f *flow) answers() {
	buffer := make([]byte, 65_536)
	for {
		n, err := f.service.Read(buffer)
		if err != nil {
			if f.lane.find(f.id) != f {
				return
			}
			continue // nobody listens there now; that may change
		}
		if f.lane.find(f.id) != f {
			return
		}
		f.lane.send(flowFrame(frameDatagram, f.id, buffer[:n]))
	}
}

// ---- the side that takes users

// datagrams is the socket that users send to.
type datagrams struct {
	socket *net.UDPConn
	pool   *pool
	ev     *events

	flows map[netip.AddrPort]*flow // of the reading goroutine
	lanes []*lane                  // same
	next  uint32                   // flows opened so far; never used twice on any lane
}

// takeDatagrams reads the socket until it is closed.
func takeDatagrams(socket *net.UDPConn, p *pool, ev *events) {
	t := &datagrams{socket: socket, pool: p, ev: ev, flows: map[netip.AddrPort]*flow{}}
	buffer := make([]byte, 65_536)
	for {
		n, user, err := socket.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		t.pass(netip.AddrPortFrom(user.Addr().Unmap(), user.Port()), buffer[:n])
	}
}

func (t *datagrams) pass(user netip.AddrPort, datagram []byte) {
	f := t.flows[user]
	if f == nil || f.lane.find(f.id) != f {
		if f = t.open(user); f == nil {
			return
		}
	}
	f.lane.send(flowFrame(frameDatagram, f.id, datagram))
}

// open begins a flow on the next lane. It is nil when the lane's queue is full:
// then the datagram is dropped, and its user's next one tries again.
func (t *datagrams) open(user netip.AddrPort) *flow {
	t.forgetEnded()
	l := t.lane()
	t.next++
	f := &flow{id: t.next, lane: l, user: user, last: time.Now()}
	if !l.send(flowFrame(frameFlow, f.id, []byte(user.String()))) {
		return nil
	}
	l.mu.Lock()
	if l.retired {
		l.mu.Unlock()
		return nil
	}
	l.flows[f.id] = f
	if l.d != nil {
		l.d.session.count(1)
	}
	l.mu.Unlock()
	t.flows[user] = f
	return f
}

// forgetEnded keeps the map as small as the number of flows that there are.
func (t *datagrams) forgetEnded() {
	for user, f := range t.flows {
		f.lane.mu.Lock()
		ended := f.lane.flows[f.id] != f
		f.lane.mu.Unlock()
		if ended {
			delete(t.flows, user)
		}
	}
}

func (t *datagrams) lane() *lane {
	alive := t.lanes[:0]
	for _, l := range t.lanes {
		l.mu.Lock()
		if !l.retired {
			alive = append(alive, l)
		}
		l.mu.Unlock()
	}
	t.lanes = alive
	if len(t.lanes) < lanesWanted {
		l := newLane(t.ev)
		t.lanes = append(t.lanes, l)
		go t.launch(l)
		return l
	}
	return t.lanes[int(t.next)%len(t.lanes)]
}

// launch finds the lane a connection; frames wait in its queue until then.
func (t *datagrams) launch(l *lane) {
	d, err := t.pool.take()
	if err == nil {
		if err = d.launch(formatLine("udp", strconv.FormatUint(uint64(laneNumber.Add(1)), 10))); err != nil {
			d.close()
		}
	}
	if err != nil {
		t.ev.emit("error lane: %v", err)
		l.end()
		return
	}
	t.ev.emit("launch udp session=%s data=%s", d.session.id, d.n)
	l.begin(d)
	if err := d.answer(); err != nil {
		t.ev.emit("launch-failed lane %v", err)
		l.end()
		return
	}
	l.read(func(uint32, string) {
		// Only this side opens flows.
	}, func(f *flow, datagram []byte) {
		if _, err := t.socket.WriteToUDPAddrPort(datagram, f.user); err != nil {
			t.ev.emit("dropped user %v", err)
		}
	})
}
