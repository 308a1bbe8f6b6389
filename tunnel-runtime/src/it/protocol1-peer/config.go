// Command line and environment.
// Source: docs/protocol-1.md, "Command line" and "Environment".

package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type config struct {
	role   string // "server" or "client"
	tunnel string // host:port
	target string // host:port

	minPool, maxPool int
	udpBuffer        int
	udpTimeout       time.Duration
	reportInterval   time.Duration
	cooldown         time.Duration
	remotePort       int // 0: drawn by the system
}

func parseArguments(args []string, getenv func(string) string) (config, error) {
	if len(args) != 1 {
		return config{}, errors.New("exactly one URL is needed")
	}
	u, err := url.Parse(args[0])
	if err != nil {
		return config{}, err
	}
	if u.Scheme != "server" && u.Scheme != "client" {
		return config{}, fmt.Errorf("unknown scheme %q", u.Scheme)
	}
	cfg := config{role: u.Scheme, tunnel: u.Host, target: strings.TrimPrefix(u.Path, "/")}
	if err := checkAddress("tunnel", cfg.tunnel); err != nil {
		return config{}, err
	}
	if err := checkAddress("target", cfg.target); err != nil {
		return config{}, err
	}

	// Invalid values silently become the default; zero and negative ones are
	// taken as they are, whatever comes of it. Both are habits of the original.
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	duration := func(name string, otherwise time.Duration) time.Duration {
		if d, err := time.ParseDuration(getenv(name)); err == nil {
			return d
		}
		return otherwise
	}
	cfg.minPool = number("MIN_POOL_CAPACITY", 16)
	cfg.maxPool = number("MAX_POOL_CAPACITY", 1024)
	if cfg.minPool > cfg.maxPool {
		cfg.minPool, cfg.maxPool = cfg.maxPool, cfg.minPool
	}
	cfg.udpBuffer = number("UDP_DATA_BUF_SIZE", 8192)
	cfg.udpTimeout = duration("UDP_READ_TIMEOUT", 5*time.Second)
	cfg.reportInterval = duration("REPORT_INTERVAL", 5*time.Second)
	cfg.cooldown = duration("SERVICE_COOLDOWN", 5*time.Second)
	cfg.remotePort = number("PEER_REMOTE_PORT", 0)
	return cfg, nil
}

func checkAddress(name, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s address %q: %w", name, address, err)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%s address %q: bad port %q", name, address, port)
	}
	return nil
}
