// Both roles against each other, over loopback: what the tests of a runtime
// rely on must hold without it.

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

const limit = 20 * time.Second

// output keeps the lines of a peer that runs inside the test.
type output struct {
	mu      sync.Mutex
	text    strings.Builder
	changed *sync.Cond
}

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(line)
	o.changed.Broadcast()
	return len(line), nil
}

// await returns the first line that begins so.
func (o *output) await(t *testing.T, beginning string) string {
	t.Helper()
	timeout := false
	timer := time.AfterFunc(limit, func() {
		o.mu.Lock()
		timeout = true
		o.mu.Unlock()
		o.changed.Broadcast()
	})
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for _, line := range strings.Split(o.text.String(), "\n") {
			if strings.HasPrefix(line, beginning) {
				return line
			}
		}
		if timeout {
			t.Fatalf("no line %q in:\n%s", beginning, o.text.String())
		}
		o.changed.Wait()
	}
}

func field(line, name string) string {
	_, rest, _ := strings.Cut(line, name+"=")
	value, _, _ := strings.Cut(rest, " ")
	return value
}

// start runs a peer until the test ends; stop begins its drain before that.
func start(t *testing.T, url string) (out *output, stop func()) {
	t.Helper()
	cfg, err := parseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	out = &output{}
	out.changed = sync.NewCond(&out.mu)
	run := runClient
	if cfg.role == "server" {
		run = runServer
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx, cfg, &events{out: out}); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return out, cancel
}

// service sends back what comes, TCP and UDP.
func service(t *testing.T) string {
	t.Helper()
	tcp, udp, err := listenForUsers("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tcp.Close()
		udp.Close()
	})
	go func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	go func() {
		buffer := make([]byte, 65_536)
		for {
			n, from, err := udp.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			udp.WriteToUDPAddrPort(buffer[:n], from)
		}
	}()
	return tcp.Addr().String()
}

func tunnel(t *testing.T, serverQuery, clientQuery string, forward bool) (users string, server, client *output, stopServer func()) {
	t.Helper()
	target, own := "127.0.0.1:0", service(t)
	if forward {
		target, own = own, target
	}
	server, stopServer = start(t, "server://key@127.0.0.1:0/"+target+"?grace=1000ms"+serverQuery)
	listening := server.await(t, "server-listening")
	client, _ = start(t, "client://key@"+field(listening, "tunnel")+"/"+own+"?grace=1000ms"+clientQuery)
	client.await(t, "client-session")
	if forward {
		return field(client.await(t, "client-listening"), "target"), server, client, stopServer
	}
	return field(listening, "target"), server, client, stopServer
}

func connect(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(limit))
	return conn
}

func TestBytesAndDatagramsComeBack(t *testing.T) {
	for _, one := range []struct {
		server, client string
		forward        bool
	}{
		{"", "", false},
		{"&data=plain", "&data=plain", false},
		{"&reuse=100", "&mode=reverse", false},
		{"&mode=forward", "", true},
		{"&mode=forward&data=plain", "&mode=forward&data=plain&reuse=100", true},
		{"&data=plain&mode=forward", "&reuse=100", true},
	} {
		t.Run(fmt.Sprint(one), func(t *testing.T) {
			t.Parallel()
			users, _, _, _ := tunnel(t, one.server, one.client, one.forward)
			for i := 0; i < 20; i++ {
				sent := bytes.Repeat([]byte{byte(i), 1, 2}, 100_000)
				user := connect(t, "tcp", users)
				go func() {
					user.Write(sent)
					user.(*net.TCPConn).CloseWrite()
				}()
				if got, err := io.ReadAll(user); err != nil || !bytes.Equal(got, sent) {
					t.Errorf("user %d: %d bytes, %v", i, len(got), err)
				}
			}
			for _, length := range []int{0, 1, 1400, 65_000} {
				user := connect(t, "udp", users)
				user.Write(make([]byte, length))
				if n, err := user.Read(make([]byte, 65_536)); err != nil || n != length {
					t.Errorf("a datagram of %d bytes: %d, %v", length, n, err)
				}
			}
		})
	}
}

func TestAConnectionGoesOnWhileItsServerDrains(t *testing.T) {
	users, server, client, stop := tunnel(t, "", "", false)
	user := connect(t, "tcp", users)
	b := []byte{1}
	for i := 0; i < 2; i++ {
		user.Write(b)
		if _, err := io.ReadFull(user, b); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			stop()
			client.await(t, "drain-asked")
			server.await(t, "drained")
		}
	}
}

func TestAWrongKeyIsRefused(t *testing.T) {
	server, _ := start(t, "server://key@127.0.0.1:0/127.0.0.1:0")
	address := field(server.await(t, "server-listening"), "tunnel")
	client, _ := start(t, "client://other@"+address+"/127.0.0.1:9")
	client.await(t, "closed refused unauthorized: the name or the key does not fit")
	keyless, _ := start(t, "client://"+address+"/127.0.0.1:9")
	keyless.await(t, "closed refused unauthorized: ")
	other, _ := start(t, "client://key@"+address+"/127.0.0.1:9?mode=forward")
	other.await(t, "closed refused mode: this server's mode is reverse")
}

func TestASlowReaderHoldsItsWriterBack(t *testing.T) {
	users, _, _, _ := tunnel(t, "", "", false)
	user := connect(t, "tcp", users)
	user.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	// An echo that nobody reads: the buffers on the way are all that it can take.
	written, err := user.Write(make([]byte, 256<<20))
	if err == nil {
		t.Errorf("%d bytes went somewhere", written)
	}
}
