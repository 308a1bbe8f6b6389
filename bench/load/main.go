// Load for measurements on one machine: an echo service, and two kinds of users. Standard library only.
//
//	load echo  ADDR                      TCP echo, one goroutine a connection
//	load short ADDR WORKERS SECONDS      connect, one byte each way, close; over and over
//	load trips ADDR CONNECTIONS SECONDS  64 bytes there and back, over and over
//
// The last two print operations per second and latencies in milliseconds, and how many failed. Every load
// ends by itself.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "echo" {
		echo(os.Args[2])
		return
	}
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: load echo ADDR | load short|trips ADDR COUNT SECONDS")
		os.Exit(1)
	}
	count, err := strconv.Atoi(os.Args[3])
	check(err)
	seconds, err := strconv.Atoi(os.Args[4])
	check(err)
	deadline := time.Now().Add(time.Duration(seconds) * time.Second)
	var work func(string, time.Time) ([]time.Duration, int)
	switch os.Args[1] {
	case "short":
		work = short
	case "trips":
		work = trips
	default:
		check(fmt.Errorf("no such load: %s", os.Args[1]))
	}
	report(os.Args[1], run(count, func() ([]time.Duration, int) { return work(os.Args[2], deadline) }), seconds)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func echo(address string) {
	listener, err := net.Listen("tcp", address)
	check(err)
	for {
		c, err := listener.Accept()
		check(err)
		go func() {
			defer c.Close()
			buffer := make([]byte, 64*1024)
			for {
				n, err := c.Read(buffer)
				if n > 0 {
					if _, werr := c.Write(buffer[:n]); werr != nil {
						return
					}
				}
				if err != nil {
					return
				}
			}
		}()
	}
}

type outcome struct {
	took   []time.Duration
	failed int
}

func run(count int, work func() ([]time.Duration, int)) outcome {
	var all outcome
	var lock sync.Mutex
	var done sync.WaitGroup
	for i := 0; i < count; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			took, failed := work()
			lock.Lock()
			defer lock.Unlock()
			all.took = append(all.took, took...)
			all.failed += failed
		}()
	}
	done.Wait()
	return all
}

func short(address string, deadline time.Time) (took []time.Duration, failed int) {
	one := []byte{'x'}
	for time.Now().Before(deadline) {
		began := time.Now()
		if err := shortOnce(address, one); err != nil {
			failed++
			fmt.Fprintln(os.Stderr, "load:", err)
			continue
		}
		took = append(took, time.Since(began))
	}
	return
}

func shortOnce(address string, one []byte) error {
	c, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write(one); err != nil {
		return err
	}
	_, err = io.ReadFull(c, make([]byte, 1))
	return err
}

func trips(address string, deadline time.Time) (took []time.Duration, failed int) {
	c, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		return nil, 1
	}
	defer c.Close()
	c.SetDeadline(deadline.Add(10 * time.Second))
	buffer := make([]byte, 64)
	for time.Now().Before(deadline) {
		began := time.Now()
		if _, err := c.Write(buffer); err != nil {
			return took, failed + 1
		}
		if _, err := io.ReadFull(c, buffer); err != nil {
			return took, failed + 1
		}
		took = append(took, time.Since(began))
	}
	return
}

func report(what string, all outcome, seconds int) {
	sort.Slice(all.took, func(i, j int) bool { return all.took[i] < all.took[j] })
	at := func(q float64) float64 {
		if len(all.took) == 0 {
			return 0
		}
		return float64(all.took[int(q*float64(len(all.took)-1))].Microseconds()) / 1000
	}
	fmt.Printf("%s: %.0f/s, p50 %.2f ms, p99 %.2f ms, max %.2f ms, failed %d\n",
		what, float64(len(all.took))/float64(seconds), at(0.5), at(0.99), at(1), all.failed)
}
