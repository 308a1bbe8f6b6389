// Self test: server and client of this peer against each other over loopback,
// and the habits of docs/protocol-1.md that a test could miss by accident.

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const patience = 10 * time.Second

// testPeer is a peer run inside the test, and what it printed.
type testPeer struct {
	t     *testing.T
	name  string
	lines chan string
	stop  func()
}

// Write makes a testPeer the output of its own events: one call, one line.
func (p *testPeer) Write(line []byte) (int, error) {
	p.lines <- strings.TrimSuffix(string(line), "\n")
	return len(line), nil
}

func start(t *testing.T, url string, env map[string]string) *testPeer {
	t.Helper()
	settings := map[string]string{
		"MIN_POOL_CAPACITY": "2",
		"MAX_POOL_CAPACITY": "2",
		"REPORT_INTERVAL":   "50ms",
		"SERVICE_COOLDOWN":  "50ms",
		"UDP_READ_TIMEOUT":  "300ms",
	}
	for name, value := range env {
		settings[name] = value
	}
	cfg, err := parseArguments([]string{url}, func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &testPeer{t: t, name: cfg.role, lines: make(chan string, 10000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if cfg.role == "server" {
			run(ctx, cfg.cooldown, newEvents(p), newServer(cfg, newEvents(p)).once)
		} else {
			run(ctx, cfg.cooldown, newEvents(p), newClient(cfg, newEvents(p)).once)
		}
	}()
	p.stop = func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Errorf("%s did not end", p.name)
		}
	}
	t.Cleanup(p.stop)
	return p
}

// await skips events until one starts with prefix, and returns the rest of it.
func (p *testPeer) await(prefix string) string {
	p.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line := <-p.lines:
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return strings.TrimSpace(rest)
			}
		case <-timeout:
			p.t.Fatalf("%s: no %q", p.name, prefix)
		}
	}
}

// quiet fails if an event comes within a while.
func (p *testPeer) quiet(while time.Duration) {
	p.t.Helper()
	select {
	case line := <-p.lines:
		p.t.Errorf("%s: unexpected %q", p.name, line)
	case <-time.After(while):
	}
}

func startServer(t *testing.T, env map[string]string) (p *testPeer, tunnel, target string, remote int) {
	t.Helper()
	p = start(t, "server://127.0.0.1:0/127.0.0.1:0", env)
	if _, err := fmt.Sscanf(p.await("server-listening"), "tunnel=%s target=%s remote=%d", &tunnel, &target, &remote); err != nil {
		t.Fatal(err)
	}
	return p, tunnel, target, remote
}

// pair starts a server and a client in front of service, with a filled pool:
// the ids are then known on both sides before the first user comes.
func pair(t *testing.T, service string) (srv, cli *testPeer, entry string) {
	t.Helper()
	srv, tunnel, entry, remote := startServer(t, nil)
	cli = start(t, "client://"+tunnel+"/"+service, nil)
	srv.await("client-accepted ")
	cli.await("client-connected")
	if got := cli.await("remote "); got != fmt.Sprint(remote) {
		t.Errorf("remote %s, listening on %d", got, remote)
	}
	cli.await("pool 2")
	return srv, cli, entry
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

// serve runs handle for each connection to a fresh TCP service.
func serve(t *testing.T, handle func(*net.TCPConn)) string {
	t.Helper()
	l := listen(t)
	go func() {
		for {
			conn, err := l.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// serveUDP answers each datagram with "R:" before it, "silence" with nothing.
func serveUDP(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		buffer := make([]byte, 65536)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			if string(buffer[:n]) != "silence" {
				socket.WriteTo(append([]byte("R:"), buffer[:n]...), from)
			}
		}
	}()
	return socket.LocalAddr().String()
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func expectEOF(t *testing.T, conn net.Conn) {
	t.Helper()
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read %d bytes, %v; expected EOF", n, err)
	}
}

func TestTCPEcho(t *testing.T) {
	service := serve(t, func(c *net.TCPConn) { io.Copy(c, c) })
	srv, cli, entry := pair(t, service)

	user := dial(t, "tcp", entry)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	go user.Write(sent)
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(user, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("echo differs, %v", err)
	}
	user.Close()

	id := srv.await("launch tcp ")
	if len(id) != 8 || strings.Trim(id, "0123456789abcdef") != "" {
		t.Errorf("id %q", id)
	}
	cli.await("launch tcp " + id)
	srv.await("exchange-complete " + id)
	cli.await("exchange-complete " + id)

	// Connections are used once, so more users than capacity need a refill.
	for i := 0; i < 2; i++ {
		user := dial(t, "tcp", entry)
		fmt.Fprint(user, "x")
		if _, err := io.ReadFull(user, got[:1]); err != nil {
			t.Fatal(err)
		}
		user.Close()
		cli.await("launch tcp ")
		cli.await("pool 2")
	}
}

func TestHalfClose(t *testing.T) {
	service := serve(t, func(c *net.TCPConn) {
		request, _ := io.ReadAll(c) // ends only with the user's half-close
		fmt.Fprintf(c, "got %s", request)
	})
	_, _, entry := pair(t, service)
	user := dial(t, "tcp", entry)
	fmt.Fprint(user, "request")
	user.(*net.TCPConn).CloseWrite()
	if answer, err := io.ReadAll(user); err != nil || string(answer) != "got request" {
		t.Errorf("answer %q, %v", answer, err)
	}
}

func TestHalfCloseByService(t *testing.T) {
	received := make(chan string, 1)
	service := serve(t, func(c *net.TCPConn) {
		fmt.Fprint(c, "greeting")
		c.CloseWrite()
		rest, _ := io.ReadAll(c)
		received <- string(rest)
	})
	_, _, entry := pair(t, service)
	user := dial(t, "tcp", entry)
	if greeting, err := io.ReadAll(user); err != nil || string(greeting) != "greeting" {
		t.Errorf("greeting %q, %v", greeting, err)
	}
	fmt.Fprint(user, "afterwards")
	user.Close()
	select {
	case rest := <-received:
		if rest != "afterwards" {
			t.Errorf("service got %q", rest)
		}
	case <-time.After(patience):
		t.Error("the service never saw the end")
	}
}

func TestTargetDialFails(t *testing.T) {
	closed := listen(t)
	closed.Close()
	_, cli, entry := pair(t, closed.Addr().String())
	expectEOF(t, dial(t, "tcp", entry))
	cli.await("dial-failed ")
}

func TestUDP(t *testing.T) {
	srv, cli, entry := pair(t, serveUDP(t))
	user := dial(t, "udp", entry)
	buffer := make([]byte, 100)
	for _, payload := range []string{"hello", "again"} {
		fmt.Fprint(user, payload)
		if n, err := user.Read(buffer); err != nil || string(buffer[:n]) != "R:"+payload {
			t.Fatalf("answer %q, %v", buffer[:n], err)
		}
		id := cli.await("launch udp ")
		srv.await("launch udp " + id)
		srv.await("exchange-complete " + id)
		cli.await("pool 2") // refilled, for the reason given at pair
	}
	fmt.Fprint(user, "silence") // the client gives up and closes
	id := cli.await("launch udp ")
	cli.await("error udp " + id)
	srv.await("error udp " + id)
}

func TestRestart(t *testing.T) {
	service := serve(t, func(c *net.TCPConn) { io.Copy(c, c) })
	srv, tunnel, entry, remote := startServer(t, nil)
	cli := start(t, "client://"+tunnel+"/"+service, nil)
	cli.await("pool 2")
	srv.stop()
	cli.await("error EOF")
	cli.await("restart")
	start(t, "server://"+tunnel+"/"+entry, map[string]string{"PEER_REMOTE_PORT": fmt.Sprint(remote)})
	cli.await("client-connected")
	cli.await("pool 2")

	// A garbage connection costs the server a restart, on the same ports.
	srv, tunnel, entry, remote = startServer(t, nil)
	fmt.Fprint(dial(t, "tcp", tunnel), "GET / HTTP/1.0\r\n\r\n")
	srv.await("error ")
	srv.await("restart")
	want := fmt.Sprintf("tunnel=%s target=%s remote=%d", tunnel, entry, remote)
	if got := srv.await("server-listening"); got != want {
		t.Errorf("after the restart %s, before %s", got, want)
	}
}

func TestIdleConnectionBlocksServer(t *testing.T) {
	srv, tunnel, _, _ := startServer(t, nil)
	first := dial(t, "tcp", tunnel) // silent
	time.Sleep(50 * time.Millisecond)
	second := tls.Client(dial(t, "tcp", tunnel), clientTLS())
	second.SetDeadline(time.Now().Add(300 * time.Millisecond))
	var timeout net.Error
	if err := second.Handshake(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("the second handshake ended with %v", err)
	}
	srv.quiet(0)
	first.Close()
	srv.await("error ")
}

// A hand-made client shows the server's side byte by byte.
func TestServerOnTheWire(t *testing.T) {
	srv, tunnel, entry, remote := startServer(t, nil)
	cfg := clientTLS()
	cfg.NextProtos = []string{"something"} // ignored
	control, err := tls.Dial("tcp", tunnel, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	state := control.ConnectionState()
	certificate := state.PeerCertificates[0]
	if state.NegotiatedProtocol != "" || len(certificate.DNSNames)+len(certificate.IPAddresses) != 0 ||
		!strings.HasPrefix(certificate.Subject.String(), "O=") || certificate.PublicKeyAlgorithm.String() != "ECDSA" {
		t.Errorf("ALPN %q, certificate %v", state.NegotiatedProtocol, certificate.Subject)
	}

	control.SetDeadline(time.Now().Add(patience))
	lines := bufio.NewReader(control)
	heartbeat := fmt.Sprintf("remote://%d\n", remote)
	next := func() string {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	for i := 0; i < 3; i++ { // at once, and again as the heartbeat
		if line := next(); line != heartbeat {
			t.Fatalf("line %q", line)
		}
	}
	srv.await("client-accepted ")

	data := func() (net.Conn, string) {
		conn := dial(t, "tcp", fmt.Sprintf("127.0.0.1:%d", remote))
		id := make([]byte, 8)
		if _, err := io.ReadFull(conn, id); err != nil {
			t.Fatal(err)
		}
		return conn, string(id)
	}
	early, earlyID := data()
	fmt.Fprint(early, "x") // before its signal: taken for dead
	good, goodID := data()
	user := dial(t, "tcp", entry)
	fmt.Fprint(user, "to the client")
	if got := srv.await("get-failed "); got != earlyID {
		t.Errorf("get-failed %s, the early one is %s", got, earlyID)
	}
	line := next()
	for line == heartbeat {
		line = next()
	}
	if line != "tcp://"+goodID+"\n" {
		t.Errorf("signal %q", line)
	}
	buffer := make([]byte, 100)
	if n, err := good.Read(buffer); err != nil || string(buffer[:n]) != "to the client" {
		t.Errorf("relayed %q, %v", buffer[:n], err)
	}

	// With the client gone the heartbeat fails, if not at the first write.
	control.Close()
	srv.await("error ")
	srv.await("restart")
}

// A hand-made server shows what the client makes of odd lines.
func TestClientOnTheWire(t *testing.T) {
	tlsConfig, err := serverTLS()
	if err != nil {
		t.Fatal(err)
	}
	var hello *tls.ClientHelloInfo
	tlsConfig.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		hello = h
		return nil, nil
	}
	tunnel, remote := listen(t), listen(t)
	_, port, _ := net.SplitHostPort(tunnel.Addr().String())
	cli := start(t, "client://localhost:"+port+"/127.0.0.1:1", nil)
	conn, err := tunnel.Accept()
	if err != nil {
		t.Fatal(err)
	}
	control := tls.Server(conn, tlsConfig)
	defer control.Close()
	_, port, _ = net.SplitHostPort(remote.Addr().String())
	fmt.Fprintf(control, "\n \nnonsense\nquic://1\n  remote://%s \r\nremote://1\n", port)
	if hello.ServerName != "" || len(hello.SupportedProtos) != 0 {
		t.Errorf("SNI %q, ALPN %q", hello.ServerName, hello.SupportedProtos)
	}
	cli.await("client-connected")
	if got := cli.await("remote "); got != port {
		t.Errorf("remote %s", got)
	}

	// One at a time: no second connection before the first has its id.
	for i := 1; i <= 2; i++ {
		data, err := remote.AcceptTCP()
		if err != nil {
			t.Fatal(err)
		}
		defer data.Close()
		remote.SetDeadline(time.Now().Add(50 * time.Millisecond))
		if extra, err := remote.Accept(); err == nil {
			extra.Close()
			t.Error("dialled twice")
		}
		remote.SetDeadline(time.Time{})
		fmt.Fprintf(data, "opaque-%d", i)
		cli.await(fmt.Sprintf("pool %d", i))
	}

	fmt.Fprint(control, "tcp://no-such\n")
	cli.await("launch tcp no-such")
	cli.await("get-failed no-such")

	// After a bad port the client is deaf to signals and to the end of control.
	remote.Close()
	fmt.Fprint(control, "remote://port\ntcp://opaque-1\n")
	control.Close()
	timeout := time.After(400 * time.Millisecond)
	for {
		select {
		case line := <-cli.lines:
			// The pool, which lives on, may find its port closed.
			if !strings.HasPrefix(line, "dial-failed ") {
				t.Errorf("unexpected %q", line)
			}
			continue
		case <-timeout:
		}
		break
	}
}

func TestNextCapacity(t *testing.T) {
	for _, c := range []struct{ opened, capacity, want int }{
		{10, 10, 11}, // all of them new: more are wanted
		{8, 10, 10},  // 0.8 is not above 0.8
		{2, 10, 10},  // 0.2 is not under 0.2
		{1, 10, 9},
		{0, 4, 4},    // not under min
		{20, 20, 20}, // not over max
	} {
		if got := nextCapacity(c.opened, c.capacity, 4, 20); got != c.want {
			t.Errorf("opened %d of %d: %d, expected %d", c.opened, c.capacity, got, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	env := map[string]string{
		"MIN_POOL_CAPACITY": "9", "MAX_POOL_CAPACITY": "3", // swapped
		"REPORT_INTERVAL": "5", "SERVICE_COOLDOWN": "1m30s",
	}
	cfg, err := parseArguments([]string{"client://:10101/[::1]:80?log=debug"}, func(n string) string { return env[n] })
	if err != nil {
		t.Fatal(err)
	}
	if cfg.tunnel != ":10101" || cfg.target != "[::1]:80" || cfg.minPool != 3 || cfg.maxPool != 9 ||
		cfg.reportInterval != 5*time.Second || cfg.cooldown != 90*time.Second || cfg.udpBuffer != 8192 {
		t.Errorf("%+v", cfg)
	}
	for _, bad := range []string{"", "http://:1/:2", "server://:1", "server://host/:2", "client://:1/host", "client://:1/:70000"} {
		if _, err := parseArguments([]string{bad}, func(string) string { return "" }); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
