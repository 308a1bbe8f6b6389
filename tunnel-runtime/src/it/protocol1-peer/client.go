// The client role: control channel, target.
// Source: docs/protocol-1.md, "Control channel", "Data connections", "UDP".

package main

import (
	"bufio"
	"crypto/tls"
	"net"
	"strconv"
	"strings"
	"time"
)

type client struct {
	cfg config
	ev  *events
}

func newClient(cfg config, ev *events) *client {
	return &client{cfg: cfg, ev: ev}
}

// clientLife is what the tasks of one life share.
type clientLife struct {
	*life
	cli    *client
	host   string      // the tunnel's IP, where the data port is dialled
	idle   *clientPool // nil before the first remote signal; used by the control reader
	dialer net.Dialer
}

func (c *client) once(l *life) error {
	cl := &clientLife{life: l, cli: c}
	conn, err := cl.dialer.DialContext(l.ctx, "tcp", c.cfg.tunnel)
	if err != nil {
		return err
	}
	control := tls.Client(conn, clientTLS())
	l.keep(control)
	if err := control.HandshakeContext(l.ctx); err != nil {
		return err
	}
	c.ev.emit("client-connected")
	cl.host = conn.RemoteAddr().(*net.TCPAddr).IP.String()

	l.spawn(func() { cl.readControl(control) })
	// Not on the reader's return: it may die and leave everything else standing.
	select {
	case err := <-l.failed:
		return err
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// readControl only ever reads, and without a deadline: a server that falls
// silent without FIN or RST is not noticed.
func (c *clientLife) readControl(control *tls.Conn) {
	lines := bufio.NewReader(control)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			c.fail(err)
			return
		}
		scheme, rest, _ := strings.Cut(strings.TrimSpace(line), "://")
		switch scheme {
		case "remote":
			port, err := strconv.Atoi(rest)
			if err != nil {
				return // the silent death: no message, no restart, control unread
			}
			if c.idle == nil { // later ones are heartbeats
				c.cli.ev.emit("remote %d", port)
				c.startPool(net.JoinHostPort(c.host, rest))
			}
		case "tcp", "udp":
			c.cli.ev.emit("launch %s %s", scheme, rest)
			c.launch(scheme, rest)
		}
	}
}

func (c *clientLife) startPool(remote string) {
	c.idle = newClientPool(c.life, c.cli.ev, remote, c.cli.cfg.minPool, c.cli.cfg.maxPool)
	c.keep(c.idle)
	c.spawn(c.idle.run)
}

// launch starts a session on the idle connection the server has taken. There
// is no waiting for an id: one not yet read from its data connection fails.
func (c *clientLife) launch(scheme, id string) {
	var data *net.TCPConn
	if c.idle != nil {
		data = c.idle.take(id)
	}
	if data == nil {
		c.cli.ev.emit("get-failed %s", id)
		return
	}
	c.spawn(func() {
		// Closing the data connection is all the server hears of a failure.
		defer c.drop(data)
		target, err := c.dialer.DialContext(c.ctx, scheme, c.cli.cfg.target)
		if err != nil {
			if !c.over() {
				c.cli.ev.emit("dial-failed %v", err)
			}
			return
		}
		c.keep(target)
		defer c.drop(target)
		if scheme == "tcp" {
			relay(target.(*net.TCPConn), data)
		} else if err := c.exchangeDatagram(target, data); err != nil {
			if !c.over() {
				c.cli.ev.emit("error udp %s: %v", id, err)
			}
			return
		}
		c.cli.ev.emit("exchange-complete %s", id)
	})
}

// exchangeDatagram: one read is one datagram, and one answer goes back. There
// is no framing, so a datagram that arrives in pieces is sent on cut.
func (c *clientLife) exchangeDatagram(target net.Conn, data *net.TCPConn) error {
	buffer := make([]byte, c.cli.cfg.udpBuffer)
	n, err := data.Read(buffer)
	if err != nil {
		return err
	}
	if _, err := target.Write(buffer[:n]); err != nil {
		return err
	}
	if err := target.SetReadDeadline(time.Now().Add(c.cli.cfg.udpTimeout)); err != nil {
		return err
	}
	if n, err = target.Read(buffer); err != nil {
		return err
	}
	_, err = data.Write(buffer[:n])
	return err
}
