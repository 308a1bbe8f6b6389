// The server: the tunnel port, what its connections are, and their handshakes.
// Source: docs/protocol.md, "The tunnel port", "Control connection" and "Data
// connections".

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	alpnControl = "nodepass/2"
	alpnData    = "nodepass-data/2"
	mostClients = 64
)

type server struct {
	cfg      config
	ev       *events
	instance string
	pool     *pool

	mu          sync.Mutex
	certificate tls.Certificate
	sessions    map[string]*serverSession
	draining    bool
}

// serverSession is a session and the numbers that its data connections used.
type serverSession struct {
	*session
	used window
}

// newCertificate names nobody: a client knows it by the server's proof.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "protocol2-peer"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 1, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func runServer(ctx context.Context, cfg config, ev *events) error {
	certificate, err := newCertificate()
	if err != nil {
		return err
	}
	s := &server{cfg: cfg, ev: ev, instance: randomHex(16), certificate: certificate, sessions: map[string]*serverSession{}}
	s.pool = &pool{waitingChanged: s.askForConnections, taken: func() {}}

	tunnel, err := net.Listen("tcp", cfg.tunnel)
	if err != nil {
		return err
	}
	defer tunnel.Close()
	target := cfg.target
	stopUsers := func() {}
	if cfg.mode != "forward" {
		users, socket, err := listenForUsers(cfg.target)
		if err != nil {
			return err
		}
		stopUsers = func() { users.Close() }
		defer socket.Close()
		target = users.Addr().String()
		go takeUsers(users, s.pool, cfg.reuse, ev)
		go takeDatagrams(socket, s.pool, ev)
	}
	ev.emit("server-listening tunnel=%s target=%s", tunnel.Addr(), target)

	go s.accept(tunnel.(*net.TCPListener))
	if cfg.renew > 0 {
		go s.renewCertificates(ctx)
	}
	<-ctx.Done()
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	stopUsers()
	s.drainAll()
	return nil
}

// listenForUsers opens the same port for TCP and UDP.
func listenForUsers(address string) (*net.TCPListener, *net.UDPConn, error) {
	for tries := 1; ; tries++ {
		tcp, err := net.Listen("tcp", address)
		if err != nil {
			return nil, nil, err
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		if err == nil {
			return tcp.(*net.TCPListener), udp.(*net.UDPConn), nil
		}
		tcp.Close()
		// Another drawn port may be free for both.
		if tries == 20 || !strings.HasSuffix(address, ":0") {
			return nil, nil, err
		}
	}
}

func (s *server) all() []*serverSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*serverSession
	for _, one := range s.sessions {
		all = append(all, one)
	}
	return all
}

func (s *server) drainAll() {
	var sessions sync.WaitGroup
	for _, one := range s.all() {
		sessions.Add(1)
		go func() {
			defer sessions.Done()
			one.drain(s.cfg.grace)
			one.breakUsers()
		}()
	}
	sessions.Wait()
}

// askForConnections tells the clients how many users wait.
func (s *server) askForConnections(waiting int) {
	for _, one := range s.all() {
		if one.listens && one.usable() {
			one.send(formatLine("pool", "0", "waiting", strconv.Itoa(waiting)))
		}
	}
}

// renewCertificates changes the certificate again and again, for a test.
func (s *server) renewCertificates(ctx context.Context) {
	ticker := time.NewTicker(s.cfg.renew)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		certificate, err := newCertificate()
		if err != nil {
			s.ev.emit("error %v", err)
			return
		}
		// The clients hear of it before they can see it. What is lost is a data
		// connection that was opened in between; its client opens another.
		announced := fingerprint(certificate.Certificate[0])
		for _, one := range s.all() {
			one.send(formatLine("cert", announced))
		}
		s.mu.Lock()
		s.certificate = certificate
		s.mu.Unlock()
		s.ev.emit("certificate %s", announced)
	}
}

// ---- the tunnel port

func (s *server) accept(tunnel *net.TCPListener) {
	for {
		conn, err := tunnel.AcceptTCP()
		if err != nil {
			return
		}
		go func() {
			conn.SetDeadline(time.Now().Add(handshakeLimit))
			if err := s.handle(conn); err != nil {
				s.ev.emit("closed %s: %v", conn.RemoteAddr(), err)
			}
		}()
	}
}

// firstByteKept gives back what was read to see what a connection is.
type firstByteKept struct {
	*net.TCPConn
	r *bufio.Reader
}

func (c firstByteKept) Read(b []byte) (int, error) { return c.r.Read(b) }

// handle keeps the connection, or closes it and says why.
func (s *server) handle(tcp *net.TCPConn) error {
	r := newReader(tcp)
	first, err := r.Peek(1)
	if err == nil && first[0] == 'd' {
		err = s.plainData(tcp, r)
	} else if err == nil && first[0] == 0x16 {
		err = s.encrypted(tcp, r)
	} else if err == nil {
		err = fmt.Errorf("begins with the byte %#02x", first[0])
	}
	if err != nil {
		tcp.Close()
	}
	return err
}

func (s *server) plainData(tcp *net.TCPConn, r *bufio.Reader) error {
	l, err := readLine(r)
	if err != nil {
		return err
	}
	if l.scheme != "data" || l.body != "" {
		return fmt.Errorf("begins with %s://%s", l.scheme, l.body)
	}
	return s.data(&dataConn{conn: tcp, tcp: tcp, r: r, plain: true})
}

func (s *server) encrypted(tcp *net.TCPConn, r *bufio.Reader) error {
	s.mu.Lock()
	certificate := s.certificate
	s.mu.Unlock()
	conn := tls.Server(firstByteKept{tcp, r}, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS13,
		NextProtos:   []string{alpnControl, alpnData},
	})
	if err := conn.Handshake(); err != nil {
		return err
	}
	switch conn.ConnectionState().NegotiatedProtocol {
	case alpnControl:
		return s.control(conn, fingerprint(certificate.Certificate[0]))
	case alpnData:
		return s.data(&dataConn{conn: conn, tcp: tcp, r: newReader(conn)})
	}
	return fmt.Errorf("a protocol 1 client")
}

// ---- control connections

// refusal is an answer to a client's greeting.
type refusal struct{ reason, text string }

func (r refusal) Error() string { return "refused " + r.reason + ": " + r.text }

func (s *server) control(conn *tls.Conn, certificate string) error {
	nonce := randomHex(16)
	r := newReader(conn)
	if _, err := conn.Write([]byte(formatLine("server", s.instance, "v", "2", "nonce", nonce))); err != nil {
		return err
	}
	hello, err := readLine(r)
	if err != nil {
		return err
	}
	if hello.scheme != "client" || !isHex(hello.body, 32) || !isHex(hello.values["nonce"], 32) {
		return fmt.Errorf("%w: not a client's greeting", errNotALine)
	}
	known := transcript{s.instance, hello.body, nonce, hello.values["nonce"], hello.values["name"], certificate}
	one, refused := s.admit(conn, hello, known)
	if refused != nil {
		conn.Write([]byte(formatLine("refused", refused.reason, "text", refused.text)))
		conn.Close()
		return refused
	}
	proof := ""
	if s.cfg.key != "" {
		proof = known.proof(s.cfg.key, "server")
	}
	if err := s.register(one, proof); err != nil {
		return err
	}
	conn.SetDeadline(time.Time{})
	s.ev.emit("server-session id=%s client=%s name=%s mode=%s data=%s", one.id, one.instance, one.name, one.mode, one.plainWord())
	if one.listens {
		one.send(formatLine("pool", strconv.Itoa(s.cfg.pool), "waiting", "0"))
	}
	err = one.run(r)
	s.unregister(one)
	s.ev.emit("session-over id=%s text=%v", one.id, err)
	return nil
}

// admit checks the proof before anything else: a stranger learns nothing more.
func (s *server) admit(conn *tls.Conn, hello line, known transcript) (*serverSession, *refusal) {
	name, named := hello.values["name"]
	if s.cfg.key != "" {
		ours := name == s.cfg.name || !named && s.cfg.name == "default"
		if !fits(known.proof(s.cfg.key, "client"), hello.values["proof"]) || !ours {
			return nil, &refusal{"unauthorized", "the name or the key does not fit"}
		}
	}
	s.mu.Lock()
	draining, clients := s.draining, len(s.sessions)
	s.mu.Unlock()
	mode := s.cfg.mode
	if mode == "" {
		mode = "reverse"
	}
	wanted := hello.values["mode"]
	switch {
	case hello.values["v"] != "2":
		return nil, &refusal{"version", "this server speaks version 2"}
	case named && !isName(name):
		return nil, &refusal{"unauthorized", "the name is none"}
	case draining:
		return nil, &refusal{"draining", "this server ends"}
	case clients >= mostClients:
		return nil, &refusal{"limit", "too many clients"}
	case wanted != "" && wanted != mode:
		return nil, &refusal{"mode", "this server's mode is " + mode}
	}
	one := &serverSession{session: newSession(conn, s.ev)}
	one.id = randomHex(8)
	one.secret, _ = hex.DecodeString(randomHex(32))
	one.instance, one.name = hello.body, name
	one.interval = s.cfg.interval
	one.mode, one.listens = mode, mode == "reverse"
	one.plain = s.cfg.plain && hello.values["data"] == "plain"
	one.onLine = func(line) {
		// No line that only a client may send.
	}
	one.onDrain = func() {
		// The client comes back by itself, or another one does.
	}
	return one, nil
}

// register lets the new session take the place of an old one of the same client
// and answers its greeting. The session is known before the client is, so that
// its first ticket fits; no other line gets in front of the answer.
func (s *server) register(one *serverSession, proof string) error {
	one.writing.Lock()
	defer one.writing.Unlock()
	s.mu.Lock()
	var old []*serverSession
	for _, other := range s.sessions {
		if other.instance == one.instance && other.name == one.name {
			old = append(old, other)
		}
	}
	s.sessions[one.id] = one
	s.mu.Unlock()
	_, err := one.control.Write([]byte(formatLine("session", one.id, "secret", hex.EncodeToString(one.secret),
		"interval", milliseconds(one.interval), "mode", one.mode, "data", one.plainWord(), "peers", "1", "proof", proof)))
	if err != nil {
		s.unregister(one)
		return err
	}
	for _, other := range old {
		s.ev.emit("replaced id=%s by=%s", other.id, one.id)
		other.control.Close()
	}
	return nil
}

func (s *server) unregister(one *serverSession) {
	s.mu.Lock()
	delete(s.sessions, one.id)
	s.mu.Unlock()
}

// ---- data connections

func (s *server) data(d *dataConn) error {
	if _, err := d.conn.Write([]byte(formatLine("server", s.instance))); err != nil {
		return err
	}
	l, err := readLine(d.r)
	if err != nil {
		return err
	}
	id, digits, _ := strings.Cut(l.body, "/")
	n, err := number(digits)
	if err != nil || l.scheme != "data" {
		return fmt.Errorf("%w: no ticket", errNotALine)
	}
	s.mu.Lock()
	one := s.sessions[id]
	s.mu.Unlock()
	switch {
	case one == nil:
		return fmt.Errorf("no session %q", id)
	case one.plain != d.plain:
		return fmt.Errorf("a data connection of the wrong kind for session %s", id)
	case !fits(ticket(one.secret, id, digits), l.values["ticket"]):
		return fmt.Errorf("a wrong ticket for session %s", id)
	case !one.used.take(n):
		return fmt.Errorf("the ticket %d of session %s was used or is too old", n, id)
	}
	d.conn.SetDeadline(time.Time{})
	d.session, d.n = one.session, digits
	if !one.add(d) {
		return fmt.Errorf("session %s is over", id)
	}
	if one.listens {
		s.pool.put(d)
	} else {
		go serve(d, s.cfg.target, func() {})
	}
	return nil
}
