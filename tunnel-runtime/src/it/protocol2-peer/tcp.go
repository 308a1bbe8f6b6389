// Streams of users, on either side of the tunnel.
// Source: docs/protocol.md, "Launch", "A TCP stream on TLS" and "A TCP stream
// on a plain connection".

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// stream is one user's connection on one data connection.
type stream struct {
	d     *dataConn
	local *net.TCPConn // the user's or the service's

	broken sync.Once
	failed atomic.Bool

	mu       sync.Mutex
	finSent  bool
	watching bool
}

// carry copies both ways until both directions have ended. With an answer to
// wait for, the answer comes before the first byte of that way. It is true when
// the data connection can serve another user.
func carry(d *dataConn, local *net.TCPConn, answer func() error) bool {
	s := &stream{d: d, local: local}
	up, down := s.rawUp, s.rawDown
	if !d.plain {
		up, down = s.framedUp, s.framedDown
	}
	var directions sync.WaitGroup
	directions.Add(1)
	go func() {
		defer directions.Done()
		up()
	}()
	if err := answer(); err != nil {
		d.session.ev.emit("launch-failed session=%s text=%v", d.session.id, err)
		// No reset frame: the connection's end without a fin says as much.
		s.abort(false)
	} else {
		down()
	}
	directions.Wait()
	local.Close()
	if s.failed.Load() || d.plain {
		d.close()
		return false
	}
	d.conn.SetReadDeadline(time.Time{})
	return true
}

// abort breaks both ends, once. The tunnel hears of it unless it was the tunnel
// that broke.
func (s *stream) abort(tell bool) {
	s.broken.Do(func() {
		s.failed.Store(true)
		s.local.SetLinger(0)
		s.local.Close()
		if tell || s.d.plain {
			s.d.breakOff()
		} else {
			s.d.close()
		}
	})
}

// ---- frames

func (s *stream) framedUp() {
	frame := make([]byte, frameHead+longestPiece)
	for {
		n, err := s.local.Read(frame[frameHead:])
		if n > 0 {
			putHead(frame, frameData, n)
			if s.d.write(frame[:frameHead+n]) != nil {
				s.abort(false)
				return
			}
		}
		if err == io.EOF {
			s.sendFin()
			return
		}
		if err != nil {
			s.abort(true)
			return
		}
	}
}

func (s *stream) sendFin() {
	// Before the frame itself: what comes after the peer has it may be a launch.
	s.mu.Lock()
	s.finSent = true
	s.mu.Unlock()
	if s.d.write(emptyFrame(frameFin)) != nil {
		s.abort(false)
		return
	}
	s.mu.Lock()
	if s.watching {
		s.d.conn.SetReadDeadline(time.Now())
	}
	s.mu.Unlock()
}

func (s *stream) framedDown() {
	piece := make([]byte, longestPiece)
	for {
		kind, length, err := readHead(s.d.r)
		if err != nil {
			s.abort(false)
			return
		}
		switch kind {
		case frameData:
			err = s.passOn(length, piece)
		case frameFin:
			if s.local.CloseWrite() != nil {
				s.abort(true)
				return
			}
			s.watch()
			return
		case frameReset:
			s.abort(false)
			return
		default:
			_, err = s.d.r.Discard(length)
		}
		if err != nil {
			return
		}
	}
}

// passOn writes what there is of a frame before the rest of it has come.
func (s *stream) passOn(length int, piece []byte) error {
	for length > 0 {
		n, err := s.d.r.Read(piece[:min(length, len(piece))])
		if err != nil {
			s.abort(false)
			return err
		}
		if _, err := s.local.Write(piece[:n]); err != nil {
			s.abort(true)
			return err
		}
		length -= n
	}
	return nil
}

// watch reads on after the peer's fin, while this side still sends: the peer
// may send a reset, or be gone. What comes once this side has sent its fin as
// well belongs to the idle time.
func (s *stream) watch() {
	s.mu.Lock()
	s.watching = !s.finSent
	watching := s.watching
	s.mu.Unlock()
	for watching {
		_, err := s.d.r.Peek(1)
		s.mu.Lock()
		watching = !s.finSent
		s.mu.Unlock()
		if !watching {
			return
		}
		if err != nil {
			s.abort(false)
			return
		}
		kind, length, err := readHead(s.d.r)
		if err == nil && kind != frameReset && kind != frameData && kind != frameFin {
			_, err = s.d.r.Discard(length)
		} else {
			err = errors.New("a reset, or something after the end")
		}
		if err != nil {
			s.abort(false)
			return
		}
	}
}

// ---- plain

func (s *stream) rawUp() {
	s.raw(s.d.tcp, s.local)
}

func (s *stream) rawDown() {
	s.raw(s.local, s.d.r)
}

// raw passes an end on as an end and a break as a break.
func (s *stream) raw(to *net.TCPConn, from io.Reader) {
	_, err := io.Copy(to, from)
	if err == nil {
		err = to.CloseWrite()
	}
	if err != nil {
		s.abort(true)
	}
}

// ---- the side that takes users

// takeUsers accepts until the listener is closed.
func takeUsers(listener *net.TCPListener, p *pool, reuse int, ev *events) {
	for n := 1; ; n++ {
		user, err := listener.AcceptTCP()
		if err != nil {
			return
		}
		go takeUser(user, fmt.Sprintf("user-%d", n), p, reuse, ev)
	}
}

func takeUser(user *net.TCPConn, id string, p *pool, reuse int, ev *events) {
	d, err := p.take()
	if err == nil {
		err = d.launch(formatLine("tcp", id, "from", user.RemoteAddr().String(), "to", user.LocalAddr().String()))
	}
	if err != nil {
		ev.emit("error %s: %v", id, err)
		user.SetLinger(0)
		user.Close()
		if d != nil {
			d.close()
		}
		return
	}
	ev.emit("launch tcp %s session=%s data=%s", id, d.session.id, d.n)
	d.session.count(1)
	again := carry(d, user, d.answer)
	d.session.count(-1)
	ev.emit("ended %s", id)
	switch {
	case !again:
	case d.users < reuse && d.session.usable():
		p.put(d)
	default:
		d.close()
	}
}

// ---- the side that serves

// serve answers launches on a data connection until it ends.
func serve(d *dataConn, target string, taken func()) {
	defer d.close()
	for {
		if !d.session.setIdle(d, true) {
			return
		}
		l, err := readLine(d.r)
		if !d.session.setIdle(d, false) {
			return
		}
		taken()
		if err != nil {
			return
		}
		switch l.scheme {
		case "tcp":
			if !serveUser(d, l, target) {
				return
			}
		case "udp":
			serveLane(d, l, target)
			return
		default:
			d.session.ev.emit("error an idle data connection says %s", l.scheme)
			return
		}
	}
}

func serveUser(d *dataConn, l line, target string) bool {
	ev := d.session.ev
	ev.emit("launch tcp %s session=%s data=%s from=%s to=%s", l.body, d.session.id, d.n, l.values["from"], l.values["to"])
	if !isName(l.body) {
		return false
	}
	d.session.count(1)
	defer d.session.count(-1)
	// Less than the limit: the answer has to arrive within it.
	service, err := net.DialTimeout("tcp", target, answerLimit-time.Second)
	if err != nil {
		ev.emit("dial-failed %s %v", l.body, err)
		d.write([]byte(formatLine("failed", "", "reason", reason(err))))
		return false
	}
	if d.write([]byte(formatLine("ok", ""))) != nil {
		service.Close()
		return false
	}
	again := carry(d, service.(*net.TCPConn), func() error { return nil })
	ev.emit("ended %s", l.body)
	return again
}

// reason is one of those that a failed line may give.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	}
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		return "timeout"
	}
	return "unreachable"
}

// newReader makes the one reader that a connection has all its life.
func newReader(r io.Reader) *bufio.Reader {
	return bufio.NewReaderSize(r, longestPiece)
}
