// Protocol1-peer is a small, independent peer for protocol 1, the protocol of
// NodePass 1.0.x, for interoperability tests. It is written from
// docs/protocol-1.md alone and keeps the habits described there, the awkward
// ones included: a peer more lenient than the real one would prove nothing.
//
//	protocol1-peer server://tunnel/target
//	protocol1-peer client://tunnel/target
//
// A host may be empty. For the server a port may be 0: the system draws one,
// and the peer keeps it over its restarts.
//
// Environment: MIN_POOL_CAPACITY, MAX_POOL_CAPACITY, UDP_DATA_BUF_SIZE,
// UDP_READ_TIMEOUT, REPORT_INTERVAL, SERVICE_COOLDOWN as in the source text,
// and PEER_REMOTE_PORT for a fixed data port of the server.
//
// Events on stdout, one a line:
//
//	server-listening tunnel=<host:port> target=<host:port> remote=<port>
//	client-accepted <addr>   server: control client accepted, first signal written
//	client-connected         client: control handshake done
//	remote <port>            client: first remote signal
//	pool <idle>              client: the number of idle data connections changed
//	launch tcp|udp <id>      server: signal written; client: signal read
//	exchange-complete <id>   TCP: both directions ended; UDP: answer passed on
//	get-failed <id>          client: no such idle connection; server: probe found it dead
//	dial-failed <text>       client: its target or a data connection
//	error <text>             anything else that failed
//	restart                  everything closed after an error, starting again
//
// Exit status: 0 on SIGINT or SIGTERM, 1 on bad arguments.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	cfg, err := parseArguments(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "protocol1-peer: %v\nusage: protocol1-peer server://tunnel/target | client://tunnel/target\n", err)
		os.Exit(1)
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	events := newEvents(os.Stdout)
	if cfg.role == "server" {
		run(ctx, cfg.cooldown, events, newServer(cfg, events).once)
	} else {
		run(ctx, cfg.cooldown, events, newClient(cfg, events).once)
	}
}
