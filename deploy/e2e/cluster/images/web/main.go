// Command web is the only program of the image that tests run. Without arguments it is a server;
// with arguments it is the client that an image without a shell lacks.
//
//	web                        serve HTTP on :$PORT (8080), and send datagrams to it back
//	web get URL                print the body; exit 1 unless the answer is 2xx
//	web resolve tcp|udp NAME   print the addresses of NAME, asked for over TCP or UDP
//	web echo HOST:PORT TEXT    send a datagram and print the one that comes back
//	web write FILE TEXT        write a file, to try a read-only root
//	web id                     print the effective uid and gid
//
// The server says its host name at /, and is asked by probes at /live and /ready. A GET of
// /live/off, /ready/off and /ready/on changes what it tells them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	command := "serve"
	if len(args) > 0 {
		command = fmt.Sprint(args[0], " ", len(args)-1)
	}
	switch command {
	case "serve":
		return serve()
	case "get 1":
		return get(args[1])
	case "resolve 2":
		return resolve(args[1], args[2])
	case "echo 2":
		return echo(args[1], args[2])
	case "write 2":
		return os.WriteFile(args[1], []byte(args[2]), 0o600)
	case "id 0":
		fmt.Println(os.Geteuid(), os.Getegid())
		return nil
	}
	return errors.New("usage: web [get URL | resolve tcp|udp NAME | echo HOST:PORT TEXT" +
		" | write FILE TEXT | id]")
}

func get(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return errors.New(response.Status)
	}
	return nil
}

func resolve(network, name string) error {
	resolver := net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	addresses, err := resolver.LookupHost(ctx, name)
	if err == nil {
		fmt.Println(addresses)
	}
	return err
}

func echo(address, text string) error {
	conn, err := net.DialTimeout("udp", address, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	answer := make([]byte, 65535)
	n, err := conn.Read(answer)
	if err == nil {
		fmt.Println(string(answer[:n]))
	}
	return err
}

func serve() error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	datagrams, err := net.ListenPacket("udp", ":"+port)
	if err != nil {
		return err
	}
	defer datagrams.Close()
	go sendBack(datagrams)

	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, host) })
	live, ready := new(atomic.Bool), new(atomic.Bool)
	probe(mux, "/live", live)
	probe(mux, "/ready", ready)
	server := &http.Server{Addr: ":" + port, Handler: mux}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ready.Store(false)
		limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(limit)
	}()
	fmt.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return <-stopped
}

// probe answers 200 or 503 at path as long as healthy says so; path/on and path/off change it.
func probe(mux *http.ServeMux, path string, healthy *atomic.Bool) {
	healthy.Store(true)
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		if !healthy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintln(w, healthy.Load())
	})
	mux.HandleFunc(path+"/on", func(http.ResponseWriter, *http.Request) { healthy.Store(true) })
	mux.HandleFunc(path+"/off", func(http.ResponseWriter, *http.Request) { healthy.Store(false) })
}

func sendBack(datagrams net.PacketConn) {
	buffer := make([]byte, 65535)
	for {
		n, from, err := datagrams.ReadFrom(buffer)
		if err != nil {
			return
		}
		datagrams.WriteTo(buffer[:n], from)
	}
}
