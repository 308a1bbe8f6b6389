// The client: sessions with servers, and data connections ahead of need.
// Source: docs/protocol.md, "Control connection" and "Data connections".

package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	shortestWait = 50 * time.Millisecond
	longestWait  = 2 * time.Second
	mostOpening  = 64
	mostIdle     = 256
)

type client struct {
	cfg      config
	ev       *events
	instance string
	pool     *pool // of users' connections, in mode forward

	mu        sync.Mutex
	sessions  map[string]*clientSession // by the server's instance
	peers     int
	listening bool
	target    string
	stopUsers func()
	opening   int // data connections
	changed   chan struct{}
}

// clientSession is a session and what only its client needs.
type clientSession struct {
	*session
	numbers      uint64 // the last one given to a data connection
	wanted       int    // idle data connections
	certificates []string
	spent        bool // it was told to drain and has no users
}

func runClient(ctx context.Context, cfg config, ev *events) error {
	c := &client{
		cfg: cfg, ev: ev, instance: randomHex(16), sessions: map[string]*clientSession{}, peers: 1,
		stopUsers: func() {}, changed: make(chan struct{}, 1),
	}
	c.pool = &pool{waitingChanged: c.openFor, taken: func() { c.openFor(0) }}
	c.keepSessions(ctx)
	c.stopUsers()
	var all sync.WaitGroup
	for _, s := range c.all() {
		all.Add(1)
		go func() {
			defer all.Done()
			s.drain(cfg.grace)
			s.breakUsers()
		}()
	}
	all.Wait()
	return nil
}

func (c *client) all() []*clientSession {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*clientSession
	for _, s := range c.sessions {
		all = append(all, s)
	}
	return all
}

// wake lets keepSessions look again.
func (c *client) wake() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// keepSessions dials until there is a session with each of the peers, and
// whenever there is not any more.
func (c *client) keepSessions(ctx context.Context) {
	wait := shortestWait
	for ctx.Err() == nil {
		usable := 0
		for _, s := range c.all() {
			if s.usable() {
				usable++
			}
		}
		c.mu.Lock()
		enough := usable >= c.peers
		c.mu.Unlock()
		if enough {
			wait = shortestWait
			select {
			case <-c.changed:
			case <-ctx.Done():
			}
			continue
		}
		if err := c.connect(ctx); err != nil {
			c.ev.emit("closed %v", err)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			wait = min(2*wait, longestWait)
		}
	}
}

var errKnownServer = errors.New("there is a session with this server already")

func (c *client) tls(protocol string) *tls.Config {
	// What the certificate is worth, the proof tells.
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, NextProtos: []string{protocol}}
}

func (c *client) dial(ctx context.Context) (*net.TCPConn, error) {
	dialer := net.Dialer{Timeout: handshakeLimit}
	conn, err := dialer.DialContext(ctx, "tcp", c.cfg.tunnel)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(handshakeLimit))
	return conn.(*net.TCPConn), nil
}

// connect makes one session, which then goes on by itself.
func (c *client) connect(ctx context.Context) (err error) {
	tcp, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			tcp.Close()
		}
	}()
	conn := tls.Client(tcp, c.tls(alpnControl))
	if err := conn.Handshake(); err != nil {
		return err
	}
	state := conn.ConnectionState()
	if state.NegotiatedProtocol != alpnControl {
		return errors.New("a protocol 1 server")
	}
	certificate := fingerprint(state.PeerCertificates[0].Raw)
	r := newReader(conn)
	hello, err := readLine(r)
	if err != nil {
		return err
	}
	if hello.scheme != "server" || !isHex(hello.body, 32) || !isHex(hello.values["nonce"], 32) || hello.values["v"] != "2" {
		return fmt.Errorf("%w: not a server's greeting of version 2", errNotALine)
	}
	c.mu.Lock()
	_, known := c.sessions[hello.body]
	c.mu.Unlock()
	if known {
		return errKnownServer
	}

	nonce, proof, data := randomHex(16), "", ""
	told := transcript{hello.body, c.instance, hello.values["nonce"], nonce, c.cfg.name, certificate}
	if c.cfg.key != "" {
		proof = told.proof(c.cfg.key, "client")
	}
	if c.cfg.plain {
		data = "plain"
	}
	if _, err := conn.Write([]byte(formatLine("client", c.instance, "v", "2", "nonce", nonce, "name", c.cfg.name,
		"proof", proof, "mode", c.cfg.mode, "data", data))); err != nil {
		return err
	}
	answer, err := readLine(r)
	if err != nil {
		return err
	}
	s, err := c.established(conn, answer, hello.body)
	if err != nil {
		return err
	}
	if c.cfg.key != "" && !fits(told.proof(c.cfg.key, "server"), answer.values["proof"]) {
		return errors.New("the server does not prove that it knows the key")
	}
	s.certificates = []string{certificate}
	conn.SetDeadline(time.Time{})
	if s.listens {
		if err := c.listen(); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.sessions[s.instance] = s
	c.mu.Unlock()
	c.ev.emit("client-session id=%s server=%s mode=%s data=%s", s.id, s.instance, s.mode, s.plainWord())
	go func() {
		err := s.run(r)
		c.mu.Lock()
		delete(c.sessions, s.instance)
		c.mu.Unlock()
		c.ev.emit("session-over id=%s text=%v", s.id, err)
		c.wake()
	}()
	c.closeSpent()
	c.refill(s)
	return nil
}

// established takes the server's answer apart.
func (c *client) established(conn net.Conn, answer line, instance string) (*clientSession, error) {
	if answer.scheme == "refused" {
		return nil, fmt.Errorf("refused %s: %s", answer.body, answer.values["text"])
	}
	interval, err := duration(answer.values["interval"])
	peers, err2 := number(answer.values["peers"])
	mode, data := answer.values["mode"], answer.values["data"]
	switch {
	case err != nil:
		return nil, err
	case err2 != nil:
		return nil, err2
	case answer.scheme != "session" || !isName(answer.body) || !isHex(answer.values["secret"], 64) || interval == 0:
		return nil, fmt.Errorf("%w: not a session", errNotALine)
	case mode != "reverse" && mode != "forward" || c.cfg.mode != "" && c.cfg.mode != mode:
		return nil, fmt.Errorf("the server's mode is %q", mode)
	case data != "tls" && data != "plain" || data == "plain" && !c.cfg.plain:
		return nil, fmt.Errorf("the server's data are %q", data)
	}
	s := &clientSession{session: newSession(conn, c.ev), wanted: c.cfg.pool}
	s.id, s.instance, s.name = answer.body, instance, c.cfg.name
	s.secret, _ = hex.DecodeString(answer.values["secret"])
	s.interval = interval
	s.mode, s.listens, s.plain = mode, mode == "forward", data == "plain"
	s.onLine = func(l line) { c.told(s, l) }
	s.onDrain = func() {
		c.wake()
		go c.letGo(s)
	}
	c.setPeers(int(peers))
	return s, nil
}

// letGo ends a session whose server drains, after its users have gone and when
// there is another to go on with. With none it lasts as long as the server does.
func (c *client) letGo(s *clientSession) {
	s.awaitState(func() bool { return s.launching == 0 && s.running == 0 })
	c.mu.Lock()
	s.spent = true
	c.mu.Unlock()
	c.closeSpent()
}

func (c *client) closeSpent() {
	all := c.all()
	for _, other := range all {
		if other.usable() {
			for _, s := range all {
				c.mu.Lock()
				spent := s.spent
				c.mu.Unlock()
				if spent {
					c.ev.emit("let-go session=%s", s.id)
					s.control.Close()
				}
			}
			return
		}
	}
}

func (c *client) setPeers(n int) {
	c.mu.Lock()
	c.peers = max(1, min(n, 64))
	c.mu.Unlock()
	c.wake()
}

// told handles the lines that only a server sends.
func (c *client) told(s *clientSession, l line) {
	switch l.scheme {
	case "pool":
		idle, err := number(l.body)
		waiting, err2 := number(l.values["waiting"])
		if err != nil || err2 != nil {
			s.control.Close()
			return
		}
		c.mu.Lock()
		if idle > 0 {
			s.wanted = int(min(idle, mostIdle))
		}
		missing := int(min(waiting, mostIdle)) - c.opening
		c.mu.Unlock()
		c.open(missing)
		c.refill(s)
	case "cert":
		if !isHex(l.body, 64) {
			s.control.Close()
			return
		}
		c.mu.Lock()
		s.certificates = append(s.certificates[len(s.certificates)-1:], l.body)
		c.mu.Unlock()
	case "peers":
		n, err := number(l.body)
		if err != nil {
			s.control.Close()
			return
		}
		c.setPeers(int(n))
	}
}

// listen opens the port for users, once for all sessions.
func (c *client) listen() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listening {
		return nil
	}
	users, socket, err := listenForUsers(c.cfg.target)
	if err != nil {
		return err
	}
	c.listening = true
	c.stopUsers = func() { users.Close() }
	go takeUsers(users, c.pool, c.cfg.reuse, c.ev)
	go takeDatagrams(socket, c.pool, c.ev)
	c.ev.emit("client-listening target=%s", users.Addr())
	return nil
}

// ---- data connections ahead of need

// openFor opens connections for users who wait.
func (c *client) openFor(waiting int) {
	c.mu.Lock()
	missing := waiting - c.opening
	c.mu.Unlock()
	c.open(missing)
	for _, s := range c.all() {
		c.refill(s)
	}
}

// refill opens what a session lacks to its idle connections.
func (c *client) refill(s *clientSession) {
	if !s.usable() {
		return
	}
	idle := s.idle()
	c.mu.Lock()
	missing := s.wanted - idle - c.opening
	c.mu.Unlock()
	c.open(missing)
}

// open is bounded: what it leaves out, the next refill does, which comes with
// each connection that was opened or taken.
func (c *client) open(count int) {
	c.mu.Lock()
	count = min(count, mostOpening-c.opening)
	if count > 0 {
		c.opening += count
	}
	c.mu.Unlock()
	for ; count > 0; count-- {
		go func() {
			s, err := c.openOne()
			if err != nil {
				c.ev.emit("closed data %v", err)
				time.Sleep(shortestWait) // before the refill tries again
			}
			c.mu.Lock()
			c.opening--
			c.mu.Unlock()
			if s != nil {
				c.refill(s)
			} else {
				c.openFor(0)
			}
		}()
	}
}

// openOne opens a data connection. Whose it is, the server that answers says.
func (c *client) openOne() (*clientSession, error) {
	tcp, err := c.dial(context.Background())
	if err != nil {
		return nil, err
	}
	d := &dataConn{conn: tcp, tcp: tcp, plain: c.plainData()}
	s, err := c.introduce(d)
	if err != nil {
		tcp.Close()
		return nil, err
	}
	d.conn.SetDeadline(time.Time{})
	if !s.add(d) {
		tcp.Close()
		return nil, fmt.Errorf("session %s is over", s.id)
	}
	if s.listens {
		c.pool.put(d)
		return s, nil
	}
	// Idle before the refill counts.
	s.setIdle(d, true)
	go serve(d, c.cfg.target, func() { c.refill(s) })
	return s, nil
}

// plainData tells what the servers behind the address agreed to; they all have
// the same settings.
func (c *client) plainData() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		return s.plain
	}
	return false
}

func (c *client) introduce(d *dataConn) (*clientSession, error) {
	certificate := ""
	if d.plain {
		d.r = newReader(d.conn)
		if _, err := d.conn.Write([]byte(formatLine("data", ""))); err != nil {
			return nil, err
		}
	} else {
		conn := tls.Client(d.conn, c.tls(alpnData))
		if err := conn.Handshake(); err != nil {
			return nil, err
		}
		state := conn.ConnectionState()
		if state.NegotiatedProtocol != alpnData {
			return nil, errors.New("no data connection of protocol 2")
		}
		certificate = fingerprint(state.PeerCertificates[0].Raw)
		d.conn, d.r = conn, newReader(conn)
	}
	l, err := readLine(d.r)
	if err != nil {
		return nil, err
	}
	if l.scheme != "server" || !isHex(l.body, 32) {
		return nil, fmt.Errorf("%w: not a server's name", errNotALine)
	}
	c.mu.Lock()
	s := c.sessions[l.body]
	proved := false
	if s != nil {
		for _, one := range s.certificates {
			proved = proved || one == certificate
		}
		s.numbers++
		d.n = strconv.FormatUint(s.numbers, 10)
	}
	c.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("no session with the server %s", l.body)
	}
	if !d.plain && !proved {
		return nil, errors.New("a certificate that the session did not prove")
	}
	d.session = s.session
	_, err = d.conn.Write([]byte(formatLine("data", s.id+"/"+d.n, "ticket", ticket(s.secret, s.id, d.n))))
	return s, err
}
