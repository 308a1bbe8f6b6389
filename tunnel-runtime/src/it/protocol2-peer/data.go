// Data connections: idle ones, launches and their answers.
// Source: docs/protocol.md, "Data connections" and "Launch".

package main

import (
	"bufio"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

const (
	answerLimit = 10 * time.Second
	idleLimit   = 5 * time.Minute
	// A user for whom no data connection comes in this time is reset.
	patience = 15 * time.Second
)

type dataConn struct {
	session *session
	n       string
	conn    net.Conn
	tcp     *net.TCPConn // below conn
	r       *bufio.Reader
	plain   bool
	users   int // that it had

	writing sync.Mutex // one frame at a time
	once    sync.Once
	heard   chan struct{} // the watch of its idle time is over
}

// write sends whole frames, or the bytes of a plain stream.
func (d *dataConn) write(bytes []byte) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	_, err := d.conn.Write(bytes)
	return err
}

func (d *dataConn) close() {
	d.once.Do(func() {
		d.session.forget(d)
		d.conn.Close()
	})
}

// breakOff ends the connection as a reset: as a frame where there are frames.
func (d *dataConn) breakOff() {
	if d.plain {
		d.tcp.SetLinger(0)
	} else {
		// A peer that reads nothing does not get the frame, but sees the end.
		d.conn.SetWriteDeadline(time.Now().Add(time.Second))
		d.write(emptyFrame(frameReset))
	}
	d.close()
}

// pool has the idle data connections of the side that takes users, and the
// users who wait for one. All sessions of this side share it.
type pool struct {
	// Called with the number of users who wait, when it has changed.
	waitingChanged func(int)
	// Called when an idle connection was taken by a user.
	taken func()

	mu      sync.Mutex
	idle    []*dataConn // the longest idle first
	waiting []chan *dataConn
}

// put makes the connection idle, or gives it to a user who waits. From now on
// somebody reads it: the peer may end it, and may say nothing.
func (p *pool) put(d *dataConn) {
	if !d.session.setIdle(d, true) {
		d.close()
		return
	}
	d.heard = make(chan struct{})
	p.mu.Lock()
	handed := len(p.waiting) > 0
	waiting := 0
	if handed {
		d.session.setIdle(d, false)
		p.waiting[0] <- d
		p.waiting = p.waiting[1:]
		waiting = len(p.waiting)
	} else {
		p.idle = append(p.idle, d)
	}
	p.mu.Unlock()
	if handed {
		p.waitingChanged(waiting)
	}

	age := time.AfterFunc(idleLimit-rand.N(idleLimit/10), func() { p.discard(d) })
	go func() {
		d.r.Peek(1)
		age.Stop()
		p.discard(d)
		close(d.heard)
	}()
}

// discard closes the connection if it is idle still.
func (p *pool) discard(d *dataConn) {
	p.mu.Lock()
	found := false
	for i, other := range p.idle {
		if other == d {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			found = true
			break
		}
	}
	p.mu.Unlock()
	if found {
		d.close()
	}
}

var errNobody = errors.New("no data connection came")

// take waits for an idle connection of a session that may start something.
func (p *pool) take() (*dataConn, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		p.mu.Lock()
		var d *dataConn
		for i, one := range p.idle {
			if one.session.usable() {
				d = one
				p.idle = append(p.idle[:i], p.idle[i+1:]...)
				break
			}
		}
		if d != nil {
			p.mu.Unlock()
			d.session.setIdle(d, false)
			p.taken()
		} else {
			turn := make(chan *dataConn, 1)
			p.waiting = append(p.waiting, turn)
			waiting := len(p.waiting)
			p.mu.Unlock()
			p.waitingChanged(waiting)
			select {
			case d = <-turn:
			case <-deadline.C:
				if d = p.leave(turn); d == nil {
					return nil, errNobody
				}
			}
		}
		if d.session.launchBegins() {
			return d, nil
		}
		d.close()
	}
}

// leave takes a user out of the queue, who may have been served meanwhile.
func (p *pool) leave(turn chan *dataConn) *dataConn {
	p.mu.Lock()
	for i, other := range p.waiting {
		if other == turn {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			waiting := len(p.waiting)
			p.mu.Unlock()
			p.waitingChanged(waiting)
			return nil
		}
	}
	p.mu.Unlock()
	return <-turn
}

// launch writes the line on a connection from take.
func (d *dataConn) launch(text string) error {
	d.users++
	err := d.write([]byte(text))
	if err != nil {
		d.session.launchAnswered()
	}
	return err
}

// answer reads what the serving side makes of the launch.
func (d *dataConn) answer() error {
	defer d.session.launchAnswered()
	d.conn.SetReadDeadline(time.Now().Add(answerLimit + time.Second))
	<-d.heard
	l, err := readLine(d.r)
	d.conn.SetReadDeadline(time.Time{})
	switch {
	case err != nil:
		return err
	case l.scheme == "ok":
		return nil
	case l.scheme == "failed":
		return errors.New("failed: " + l.values["reason"])
	}
	return errors.New("no answer but " + l.scheme)
}
