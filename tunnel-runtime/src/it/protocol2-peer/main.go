// protocol2-peer is a small server and client of protocol 2, made to test a
// runtime against. It is written from docs/protocol.md alone.
//
//	protocol2-peer 'server://KEY@tunnel/target?option=value&…'
//	protocol2-peer 'client://KEY@tunnel/target?option=value&…'
//
// In mode reverse the server's target, in mode forward the client's, is where
// users come; the other side's target is the service. A port that is listened
// on may be 0: the system draws one.
//
// Options, durations as in the protocol:
//
//	mode=reverse|forward  server: reverse if not set; client: the server's
//	data=tls|plain        tls if not set
//	reuse=<n>             users on one data connection, one after the other: 1
//	name=<name>           of the key, or of the client where there is no key
//	pool=<n>              idle data connections that a client keeps: 8
//	interval=<duration>   server: of heartbeats: 5000ms
//	grace=<duration>      for users when the peer is told to end: 10000ms
//	renew=<duration>      server: a new certificate each time; never if not set
//
// SIGINT and SIGTERM begin a drain, after which the peer ends with status 0.
//
// Events on stdout, one a line:
//
//	server-listening tunnel=<host:port> target=<host:port>
//	client-listening target=<host:port>         mode forward
//	server-session id=… client=… name=… mode=… data=…
//	client-session id=… server=… mode=… data=…
//	session-over id=… text=…
//	replaced id=… by=…             the same client came again
//	launch tcp <id> session=… data=<n> …
//	launch udp …
//	flow <n> user=<address>        serving side
//	launch-failed …                what the serving side answered
//	dial-failed …                  the service
//	ended <id>                     of a user's connection
//	dropped …                      a datagram
//	drain-asked session=… grace=…  by the peer
//	drained session=…              the peer's answer to this side's drain
//	let-go session=…               client: of a session that was told to drain
//	certificate <sha256>           server: shown from now on
//	closed <text>                  a connection before it was anything, and why
//	error <text>                   anything else that failed
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type config struct {
	role, key      string
	tunnel, target string
	mode           string // empty: not asked for
	name           string
	plain          bool
	reuse, pool    int
	interval       time.Duration
	grace, renew   time.Duration
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: protocol2-peer server://KEY@tunnel/target | client://KEY@tunnel/target")
		os.Exit(1)
	}
	cfg, err := parseURL(os.Args[1])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		run := runClient
		if cfg.role == "server" {
			run = runServer
		}
		err = run(ctx, cfg, &events{out: os.Stdout})
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "protocol2-peer: %v\n", err)
		os.Exit(1)
	}
}

func parseURL(text string) (config, error) {
	u, err := url.Parse(text)
	if err != nil {
		return config{}, err
	}
	cfg := config{
		role: u.Scheme, key: u.User.Username(), tunnel: u.Host, target: strings.TrimPrefix(u.Path, "/"),
		reuse: 1, pool: 8, interval: 5 * time.Second, grace: 10 * time.Second,
	}
	if cfg.role != "server" && cfg.role != "client" {
		return config{}, fmt.Errorf("neither server nor client: %q", cfg.role)
	}
	for _, address := range []string{cfg.tunnel, cfg.target} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return config{}, err
		}
	}
	for name, values := range u.Query() {
		if err := cfg.set(name, values[0]); err != nil {
			return config{}, fmt.Errorf("option %s: %w", name, err)
		}
	}
	if cfg.key != "" && cfg.name == "" {
		cfg.name = "default"
	}
	return cfg, nil
}

func (cfg *config) set(name, value string) (err error) {
	among := func(allowed ...string) error {
		for _, one := range allowed {
			if value == one {
				return nil
			}
		}
		return fmt.Errorf("%q is none of %v", value, allowed)
	}
	switch name {
	case "mode":
		cfg.mode, err = value, among("reverse", "forward")
	case "data":
		cfg.plain, err = value == "plain", among("tls", "plain")
	case "name":
		if cfg.name = value; !isName(value) {
			err = fmt.Errorf("not a name: %q", value)
		}
	case "reuse":
		cfg.reuse, err = strconv.Atoi(value)
	case "pool":
		cfg.pool, err = strconv.Atoi(value)
	case "interval":
		cfg.interval, err = duration(value)
	case "grace":
		cfg.grace, err = duration(value)
	case "renew":
		cfg.renew, err = duration(value)
	default:
		err = fmt.Errorf("there is none of that name")
	}
	return err
}

// events are the lines that a test reads.
type events struct {
	mu  sync.Mutex
	out io.Writer
}

// emit writes a line at once and whole.
func (e *events) emit(format string, args ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
	e.mu.Lock()
	defer e.mu.Unlock()
	io.WriteString(e.out, text+"\n")
}
