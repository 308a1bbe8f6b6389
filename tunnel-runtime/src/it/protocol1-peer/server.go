// The server role: listeners, control channel, users.
// Source: docs/protocol-1.md, "Control channel", "Data connections", "UDP".

package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"
)

type server struct {
	cfg config // ports that were 0 are replaced by those drawn at the first start
	ev  *events
	tls *tls.Config // made at the first start, then kept
}

func newServer(cfg config, ev *events) *server {
	return &server{cfg: cfg, ev: ev}
}

// serverLife is what the tasks of one life share.
type serverLife struct {
	*life
	srv     *server
	control *tls.Conn
	idle    *serverPool
}

// once serves a single control client. It never accepts a second one: that one
// sits in the listen queue, its ClientHello unanswered.
func (s *server) once(l *life) error {
	if s.tls == nil {
		cfg, err := serverTLS()
		if err != nil {
			return err
		}
		s.tls = cfg
	}
	tunnel, remote, target, datagrams, err := s.listen(l)
	if err != nil {
		return err
	}
	s.ev.emit("server-listening tunnel=%s target=%s remote=%d", tunnel.Addr(), target.Addr(), s.cfg.remotePort)

	conn, err := tunnel.Accept()
	if err != nil {
		return err
	}
	// The handshake is left to the first write and has no deadline, so a
	// connection that stays silent here blocks the server for ever.
	control := tls.Server(conn, s.tls)
	l.keep(control)
	heartbeat := fmt.Sprintf("remote://%d\n", s.cfg.remotePort)
	if _, err := control.Write([]byte(heartbeat)); err != nil {
		return err
	}
	s.ev.emit("client-accepted %s", conn.RemoteAddr())

	sl := &serverLife{life: l, srv: s, control: control, idle: newServerPool(l, s.ev)}
	l.keep(sl.idle)
	l.spawn(func() { sl.acceptData(remote) })
	l.spawn(func() { sl.acceptUsers(target) })
	l.spawn(func() { sl.readDatagrams(datagrams) })

	// Control is never read: a vanished client shows only when a write fails.
	ticker := time.NewTicker(s.cfg.reportInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if _, err := control.Write([]byte(heartbeat)); err != nil {
				return err
			}
		case err := <-l.failed:
			return err
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
	}
}

// listen opens all four sockets and remembers the ports drawn, so that a
// restart comes back where the clients and the tests expect it.
func (s *server) listen(l *life) (tunnel, remote, target *net.TCPListener, datagrams net.PacketConn, err error) {
	if tunnel, err = listenTCP(l, s.cfg.tunnel); err != nil {
		return
	}
	s.cfg.tunnel = withPort(s.cfg.tunnel, tunnel.Addr())

	// The client dials the tunnel's IP, so the data port belongs on its host.
	host, _, _ := net.SplitHostPort(s.cfg.tunnel)
	if remote, err = listenTCP(l, net.JoinHostPort(host, strconv.Itoa(s.cfg.remotePort))); err != nil {
		return
	}
	s.cfg.remotePort = remote.Addr().(*net.TCPAddr).Port

	// A target port drawn for TCP may be taken for UDP: then draw again.
	for attempt := 0; ; attempt++ {
		if target, err = listenTCP(l, s.cfg.target); err != nil {
			return
		}
		address := withPort(s.cfg.target, target.Addr())
		if datagrams, err = net.ListenPacket("udp", address); err == nil {
			l.keep(datagrams)
			s.cfg.target = address
			return
		}
		if address == s.cfg.target || attempt == 10 {
			return
		}
		l.drop(target)
	}
}

func listenTCP(l *life, address string) (*net.TCPListener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	l.keep(listener)
	return listener.(*net.TCPListener), nil
}

func withPort(address string, bound net.Addr) string {
	host, _, _ := net.SplitHostPort(address)
	return net.JoinHostPort(host, strconv.Itoa(bound.(*net.TCPAddr).Port))
}

// acceptData takes data connections from anybody.
func (s *serverLife) acceptData(remote *net.TCPListener) {
	for {
		conn, err := remote.AcceptTCP()
		if err != nil {
			s.fail(err)
			return
		}
		s.keep(conn)
		if err := s.idle.add(conn); err != nil {
			s.drop(conn)
			if !s.over() {
				s.srv.ev.emit("error data connection: %v", err)
			}
		}
	}
}

func (s *serverLife) acceptUsers(target *net.TCPListener) {
	for {
		user, err := target.AcceptTCP()
		if err != nil {
			s.fail(err)
			return
		}
		s.keep(user)
		s.spawn(func() { s.serveUser(user) })
	}
}

func (s *serverLife) serveUser(user *net.TCPConn) {
	defer s.drop(user)
	id, data, ok := s.launch("tcp")
	if !ok {
		return
	}
	defer s.drop(data)
	relay(user, data)
	s.srv.ev.emit("exchange-complete %s", id)
}

func (s *serverLife) readDatagrams(datagrams net.PacketConn) {
	buffer := make([]byte, s.srv.cfg.udpBuffer)
	for {
		n, user, err := datagrams.ReadFrom(buffer)
		if err != nil {
			s.fail(err)
			return
		}
		payload := append([]byte(nil), buffer[:n]...)
		s.spawn(func() { s.serveDatagram(datagrams, user, payload) })
	}
}

// serveDatagram spends one data connection on one datagram. An empty one
// writes nothing after its signal, so both ends wait in vain: it cannot be
// carried.
func (s *serverLife) serveDatagram(datagrams net.PacketConn, user net.Addr, payload []byte) {
	id, data, ok := s.launch("udp")
	if !ok {
		return
	}
	defer s.drop(data)
	answer := make([]byte, s.srv.cfg.udpBuffer)
	_, err := data.Write(payload)
	if err == nil {
		// One read, without a deadline: the client ends the wait by closing.
		var n int
		if n, err = data.Read(answer); err == nil {
			_, err = datagrams.WriteTo(answer[:n], user)
		}
	}
	if err == nil {
		s.srv.ev.emit("exchange-complete %s", id)
	} else if !s.over() {
		s.srv.ev.emit("error udp %s: %v", id, err)
	}
}

// launch takes an idle connection, waiting for one if need be, and signals its
// use. A failing write means that the control client has gone.
func (s *serverLife) launch(scheme string) (id string, data *net.TCPConn, ok bool) {
	id, data, ok = s.idle.take()
	if !ok {
		return "", nil, false
	}
	if _, err := fmt.Fprintf(s.control, "%s://%s\n", scheme, id); err != nil {
		s.drop(data)
		s.fail(err)
		return "", nil, false
	}
	s.srv.ev.emit("launch %s %s", scheme, id)
	return id, data, true
}
