// An established session, the same for both roles.
// Source: docs/protocol.md, "An established session".

package main

import (
	"bufio"
	"net"
	"strconv"
	"sync"
	"time"
)

// handshakeLimit is what both handshakes, of control and of data, may take.
const handshakeLimit = 5 * time.Second

// deadAfter is how many intervals of silence are a peer's death.
const deadAfter = 3

type session struct {
	id       string
	secret   []byte
	instance string // the peer's
	name     string // the client's
	interval time.Duration
	mode     string
	plain    bool
	listens  bool // whether this side takes the users
	ev       *events

	// What a role does with lines that only one side may send. Set before run.
	onLine func(line)
	// Called once, when the peer has told this side to drain.
	onDrain func()

	control net.Conn
	writing sync.Mutex // one line at a time

	mu        sync.Mutex
	data      map[*dataConn]bool // all data connections; true while idle
	lanes     map[*lane]struct{}
	launching int // launches without an answer yet
	running   int // users' connections and flows
	draining  bool
	over      bool
	changed   *sync.Cond // launching, running, over or drained
	drained   bool       // the peer's answer to this side's drain
}

func newSession(control net.Conn, ev *events) *session {
	s := &session{control: control, ev: ev, data: map[*dataConn]bool{}, lanes: map[*lane]struct{}{}}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *session) plainWord() string {
	if s.plain {
		return "plain"
	}
	return "tls"
}

// send writes a line. A peer that does not take it for so long is as good as
// dead, so the connection ends.
func (s *session) send(text string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.control.SetWriteDeadline(time.Now().Add(deadAfter * s.interval))
	if _, err := s.control.Write([]byte(text)); err != nil {
		s.control.Close()
	}
}

// run reads lines until the control connection ends, and then ends the session.
func (s *session) run(r *bufio.Reader) error {
	stop := make(chan struct{})
	go s.heartbeats(stop)
	err := s.readLines(r)
	close(stop)
	s.end()
	return err
}

func (s *session) heartbeats(stop <-chan struct{}) {
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	for n := uint64(1); ; n++ {
		select {
		case <-stop:
			return
		case <-ticker.C:
			s.send(formatLine("ping", strconv.FormatUint(n, 10)))
		}
	}
}

func (s *session) readLines(r *bufio.Reader) error {
	for {
		s.control.SetReadDeadline(time.Now().Add(deadAfter * s.interval))
		l, err := readLine(r)
		if err != nil {
			return err
		}
		switch l.scheme {
		case "ping":
			if _, err := number(l.body); err != nil {
				return err
			}
			s.send(formatLine("pong", l.body))
		case "pong":
			// That it came is all it says.
		case "drain":
			grace, err := duration(l.values["grace"])
			if err != nil {
				return err
			}
			s.drainAsked(grace)
		case "drained":
			s.mu.Lock()
			s.drained = true
			s.mu.Unlock()
			s.changed.Broadcast()
		default:
			s.onLine(l)
		}
	}
}

// drainAsked: nothing new from here on. The answer must not overtake a launch
// that is under way, so it waits for the launches' answers. The side that takes
// users has no use for idle data connections any more; to the other side their
// end is what says that no launch comes on them.
func (s *session) drainAsked(grace time.Duration) {
	s.ev.emit("drain-asked session=%s grace=%s", s.id, milliseconds(grace))
	s.mu.Lock()
	first := !s.draining
	s.draining = true
	s.mu.Unlock()
	if !first {
		return
	}
	s.retireLanes()
	go func() {
		if s.listens {
			s.closeIdle()
		}
		s.awaitState(func() bool { return s.launching == 0 })
		s.send(formatLine("drained", ""))
	}()
	time.AfterFunc(grace, s.breakUsers)
	s.onDrain()
}

// drain asks the peer to start nothing new and returns when all that ran has
// ended, or after the grace.
func (s *session) drain(grace time.Duration) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.retireLanes()
	if s.listens {
		s.closeIdle()
	}
	s.send(formatLine("drain", "", "grace", milliseconds(grace)))
	timer := time.AfterFunc(grace, s.breakUsers)
	s.awaitState(func() bool { return s.drained })
	s.ev.emit("drained session=%s", s.id)
	s.awaitState(func() bool { return s.launching == 0 && s.running == 0 })
	timer.Stop()
}

// awaitState returns when the condition holds, or the session is over.
func (s *session) awaitState(condition func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.over && !condition() {
		s.changed.Wait()
	}
}

// launchBegins is false where nothing new may start.
func (s *session) launchBegins() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.draining {
		return false
	}
	s.launching++
	return true
}

func (s *session) launchAnswered() {
	s.mu.Lock()
	s.launching--
	s.mu.Unlock()
	s.changed.Broadcast()
}

// count keeps the number of users' connections and flows.
func (s *session) count(change int) {
	s.mu.Lock()
	s.running += change
	s.mu.Unlock()
	s.changed.Broadcast()
}

// add takes a data connection into the session, unless that is over.
func (s *session) add(d *dataConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	s.data[d] = false
	return true
}

// setIdle is false when the session has no use for idle ones any more.
func (s *session) setIdle(d *dataConn, idle bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	useless := s.over || s.draining && s.listens
	if _, known := s.data[d]; !known || idle && useless {
		return false
	}
	s.data[d] = idle
	return true
}

func (s *session) forget(d *dataConn) {
	s.mu.Lock()
	delete(s.data, d)
	s.mu.Unlock()
}

func (s *session) idle() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, idle := range s.data {
		if idle {
			n++
		}
	}
	return n
}

// usable tells whether new users may come to this session.
func (s *session) usable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.over && !s.draining
}

// end closes what is idle and lets users go on.
func (s *session) end() {
	s.setOver()
	s.closeIdle()
	s.retireLanes()
}

// breakUsers is the end of the grace.
func (s *session) breakUsers() {
	s.setOver()
	s.closeData(func(bool) bool { return true })
}

func (s *session) setOver() {
	s.control.Close()
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.changed.Broadcast()
}

func (s *session) closeIdle() {
	s.closeData(func(idle bool) bool { return idle })
}

func (s *session) closeData(which func(idle bool) bool) {
	s.mu.Lock()
	var closing []*dataConn
	for d, idle := range s.data {
		if which(idle) {
			closing = append(closing, d)
		}
	}
	s.mu.Unlock()
	for _, d := range closing {
		d.close()
	}
}

func (s *session) retireLanes() {
	s.mu.Lock()
	var lanes []*lane
	for l := range s.lanes {
		lanes = append(lanes, l)
	}
	s.mu.Unlock()
	for _, l := range lanes {
		l.retire()
	}
}
